package dev.darkroom.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * A load generator that costs little beside the server it measures: one thread, plain sockets that are kept, and one
 * request at a time on each. Every answer must be a 200 with a Content-Length.
 */
final class HttpLoad {

    private static final int BUFFER_BYTES = 256 << 10;

    private final int port;
    private final int inFlight;
    private int sent;
    private int answered;

    /** One socket and what it waits for. */
    private static final class Client {
        private final ByteBuffer in = ByteBuffer.allocate(BUFFER_BYTES);
        private long sentAt;
    }

    /**
     * @param requests per second
     * @param medianMs from a request's sending to its answer's last byte
     * @param p95Ms likewise
     * @param p99Ms likewise
     */
    record Figures(double requests, double medianMs, double p95Ms, double p99Ms) {
        @Override
        public String toString() {
            return "%,9.0f/s, median %.1f ms, p99 %.1f ms".formatted(requests, medianMs, p99Ms);
        }
    }

    HttpLoad(int port, int inFlight) {
        this.port = port;
        this.inFlight = inFlight;
    }

    /**
     * Sends {@code count} requests and waits for all answers.
     *
     * @param request as it goes over the wire, by its number
     * @param head gets each answer's head
     */
    Figures run(int count, IntFunction<byte[]> request, Consumer<String> head) throws IOException {
        sent = 0;
        answered = 0;
        double[] milliseconds = new double[count];
        try (Selector selector = Selector.open()) {
            for (int i = 0; i < inFlight; i++) {
                SocketChannel channel =
                        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new Client());
            }
            long begin = System.nanoTime();
            for (SelectionKey key : selector.keys()) {
                send(key, count, request);
            }
            while (answered < count) {
                selector.select(key -> read(key, count, request, head, milliseconds), 60_000);
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            Arrays.sort(milliseconds);
            return new Figures(
                    count / seconds,
                    milliseconds[count / 2],
                    milliseconds[count * 95 / 100],
                    milliseconds[count * 99 / 100]);
        }
    }

    private void send(SelectionKey key, int count, IntFunction<byte[]> request) throws IOException {
        if (sent == count) {
            // a server may close what is idle, while others still wait
            key.channel().close();
            return;
        }
        ByteBuffer out = ByteBuffer.wrap(request.apply(sent++));
        ((Client) key.attachment()).sentAt = System.nanoTime();
        while (out.hasRemaining()) {
            ((SocketChannel) key.channel()).write(out);
        }
    }

    private void read(
            SelectionKey key, int count, IntFunction<byte[]> request, Consumer<String> head, double[] milliseconds) {
        try {
            Client client = (Client) key.attachment();
            if (((SocketChannel) key.channel()).read(client.in) < 0) {
                throw new EOFException("the server closed a connection");
            }
            String text = wholeHead(client.in);
            if (text != null) {
                client.in.clear();
                milliseconds[answered++] = (System.nanoTime() - client.sentAt) / 1e6;
                head.accept(text);
                send(key, count, request);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Returns the answer's head once the answer is there as a whole, else null. */
    private static String wholeHead(ByteBuffer in) {
        byte[] bytes = in.array();
        for (int i = 3; i < in.position(); i++) {
            if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
                String head = new String(bytes, 0, i + 1, US_ASCII);
                if (!head.startsWith("HTTP/1.1 200")) {
                    throw new IllegalStateException(new String(bytes, 0, in.position(), US_ASCII));
                }
                return in.position() < i + 1 + Integer.parseInt(header(head, "content-length")) ? null : head;
            }
        }
        return null;
    }

    /** Returns a header of {@code head}. */
    static String header(String head, String name) {
        for (int at = head.indexOf("\r\n") + 2; at > 1 && at < head.length(); at = head.indexOf("\r\n", at) + 2) {
            if (head.regionMatches(true, at, name, 0, name.length()) && head.charAt(at + name.length()) == ':') {
                return head.substring(at + name.length() + 1, head.indexOf("\r\n", at))
                        .trim();
            }
        }
        throw new IllegalStateException("no " + name + " in " + head);
    }

    /** Returns a POST for images as it goes over the wire. */
    static byte[] generate(String body) {
        return generate(body, "application/json");
    }

    /** Returns a POST for images, to be answered in the media type {@code accept}. */
    static byte[] generate(String body, String accept) {
        return ("POST /v1/engine/generate HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        + "Accept: " + accept + "\r\n"
                        + "Content-Length: " + body.getBytes(java.nio.charset.StandardCharsets.UTF_8).length
                        + "\r\n\r\n" + body)
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
}
