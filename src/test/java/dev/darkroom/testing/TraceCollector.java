package dev.darkroom.testing;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes spans as a collector does: OTLP's protobuf over HTTP. */
public final class TraceCollector implements AutoCloseable {

    /**
     * A span that came in.
     *
     * @param parent its parent's id, or empty
     * @param start nanoseconds since 1970
     * @param attributes as text
     * @param failed its status is an error
     */
    public record Span(
            String trace,
            String id,
            String parent,
            String name,
            long start,
            long end,
            Map<String, String> attributes,
            boolean failed) {

        /** Returns an attribute, or an empty text. */
        public String get(String attribute) {
            return attributes.getOrDefault(attribute, "");
        }
    }

    private final HttpServer server;
    private final List<Span> spans = new CopyOnWriteArrayList<>();
    private final Map<String, String> resource = new HashMap<>();

    /** Listens on a free port. */
    public TraceCollector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", exchange -> {
            try (exchange) {
                take(exchange.getRequestBody().readAllBytes());
                exchange.getResponseHeaders().add("Content-Type", "application/x-protobuf");
                exchange.sendResponseHeaders(200, -1);
            }
        });
        server.start();
    }

    /** Returns what {@code tracing.endpoint} is to be. */
    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Returns what came so far. */
    public List<Span> spans() {
        return List.copyOf(spans);
    }

    /** Returns what the sender says of itself. */
    public synchronized Map<String, String> resource() {
        return Map.copyOf(resource);
    }

    private synchronized void take(byte[] request) {
        Fields.read(
                request,
                (field, resourceSpans) -> Fields.read(resourceSpans.bytes(), (inner, value) -> {
                    if (inner == 1) {
                        Fields.read(value.bytes(), (one, attribute) -> attribute(attribute.bytes(), resource));
                    } else if (inner == 2) {
                        Fields.read(value.bytes(), (scope, span) -> {
                            if (scope == 2) {
                                spans.add(span(span.bytes()));
                            }
                        });
                    }
                }));
    }

    private static Span span(byte[] bytes) {
        Map<Integer, Value> fields = new HashMap<>();
        Map<String, String> attributes = new HashMap<>();
        Fields.read(bytes, (field, value) -> {
            if (field == 9) {
                attribute(value.bytes(), attributes);
            } else {
                fields.put(field, value);
            }
        });
        long[] status = {0};
        if (fields.containsKey(15)) {
            Fields.read(fields.get(15).bytes(), (field, value) -> status[0] = field == 3 ? value.number() : status[0]);
        }
        return new Span(
                hex(fields.get(1)),
                hex(fields.get(2)),
                fields.containsKey(4) ? hex(fields.get(4)) : "",
                fields.get(5).text(),
                fields.get(7).number(),
                fields.get(8).number(),
                attributes,
                status[0] == 2);
    }

    private static void attribute(byte[] bytes, Map<String, String> attributes) {
        Map<Integer, Value> pair = new HashMap<>();
        Fields.read(bytes, pair::put);
        Fields.read(
                pair.get(2).bytes(),
                (kind, value) -> attributes.put(
                        pair.get(1).text(),
                        switch (kind) {
                            case 1 -> value.text();
                            case 4 -> Double.toString(Double.longBitsToDouble(value.number()));
                            default -> Long.toString(value.number());
                        }));
    }

    private static String hex(Value value) {
        return HexFormat.of().formatHex(value.bytes());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    /** What a field holds: a number, or bytes. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Value(long number, byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private interface Fields {
        void field(int number, Value value);

        /** Reads protobuf's wire format. */
        static void read(byte[] message, Fields fields) {
            ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
            while (in.hasRemaining()) {
                long key = varint(in);
                switch ((int) key & 7) {
                    case 0 -> fields.field((int) key >>> 3, new Value(varint(in), new byte[0]));
                    case 1 -> fields.field((int) key >>> 3, new Value(in.getLong(), new byte[0]));
                    case 2 -> {
                        byte[] bytes = new byte[(int) varint(in)];
                        in.get(bytes);
                        fields.field((int) key >>> 3, new Value(0, bytes));
                    }
                    case 5 -> fields.field((int) key >>> 3, new Value(in.getInt(), new byte[0]));
                    default -> throw new IllegalArgumentException("no protobuf");
                }
            }
        }

        private static long varint(ByteBuffer in) {
            long value = 0;
            for (int shift = 0; ; shift += 7) {
                byte next = in.get();
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
        }
    }
}
