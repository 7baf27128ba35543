package dev.darkroom.output;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of S3 as pictures need, in memory: objects of one bucket, asked for with signed requests. */
public final class BucketServer implements AutoCloseable {

    private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");

    private record Stored(byte[] bytes, String modified) {}

    private final Map<String, Stored> objects = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final String prefix;

    public BucketServer(String bucket) throws IOException {
        prefix = "/" + bucket + "/";
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public int size() {
        return objects.size();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            String path = exchange.getRequestURI().getPath();
            if (authorization == null || !authorization.startsWith("AWS4-HMAC-SHA256 Credential=testing/")) {
                answer(exchange, 403, error("AccessDenied"));
            } else if (exchange.getRequestMethod().equals("POST")) {
                Matcher keys = KEY.matcher(new String(body, StandardCharsets.UTF_8));
                while (keys.find()) {
                    objects.remove(keys.group(1));
                }
                answer(exchange, 200, "<DeleteResult/>".getBytes(StandardCharsets.UTF_8));
            } else if (exchange.getRequestMethod().equals("PUT")) {
                objects.put(
                        path.substring(prefix.length()),
                        new Stored(body, exchange.getRequestHeaders().getFirst("x-amz-meta-modified")));
                exchange.getResponseHeaders().set("ETag", "\"1\"");
                answer(exchange, 200, new byte[0]);
            } else {
                Stored stored = objects.get(path.substring(prefix.length()));
                if (stored != null) {
                    exchange.getResponseHeaders().set("x-amz-meta-modified", stored.modified());
                }
                answer(exchange, stored == null ? 404 : 200, stored == null ? error("NoSuchKey") : stored.bytes());
            }
        }
    }

    private static byte[] error(String code) {
        return "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>no</Message></Error>"
                .formatted(code)
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
