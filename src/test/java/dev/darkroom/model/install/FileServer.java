package dev.darkroom.model.install;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Serves files over HTTP, with ranges, and breaks connections when it is told to. For tests. */
public final class FileServer implements AutoCloseable {

    private final Map<String, byte[]> files = new ConcurrentHashMap<>();
    private final Map<String, String> redirects = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    /** The Range headers of the requests for files that exist, "" where there was none. */
    public final List<String> ranges = new CopyOnWriteArrayList<>();

    /** Bytes after which the answers break off; the first is used for the next answer. */
    public final List<Integer> breaks = new CopyOnWriteArrayList<>();

    /** Answers requests for a part with the whole. */
    public volatile boolean refusesRanges;

    /** Answers requests for a part with it, whatever version they name. */
    public volatile boolean ignoresVersions;

    /** How long the answers say that they are, or 0 for the truth. */
    public volatile long claims;

    /** Another one means another version. */
    public volatile String version = "\"1\"";

    public FileServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    /** Serves {@code content} at the address that is returned. */
    public URI put(String path, byte[] content) {
        files.put(path, content);
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    /** Sends who asks for {@code path} on to {@code target}. */
    public URI redirect(String path, String target) {
        redirects.put(path, target);
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String target = redirects.get(exchange.getRequestURI().getPath());
        if (target != null) {
            exchange.getResponseHeaders().set("Location", target);
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
            return;
        }
        byte[] content = files.get(exchange.getRequestURI().getPath());
        if (content == null) {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        ranges.add(range == null ? "" : range);
        int from = 0;
        if (range != null
                && !refusesRanges
                && (ignoresVersions
                        || version.equals(exchange.getRequestHeaders().getFirst("If-Range")))) {
            from = Integer.parseInt(range.replaceAll("\\D", ""));
        }
        exchange.getResponseHeaders().set("ETag", version);
        if (from >= content.length && from > 0) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + content.length);
            exchange.sendResponseHeaders(416, -1);
            exchange.close();
            return;
        }
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, claims > 0 ? claims : content.length - from);
        int until = breaks.isEmpty() ? content.length : Math.min(content.length, from + breaks.remove(0));
        OutputStream out = exchange.getResponseBody();
        out.write(content, from, until - from);
        out.flush();
        // less than was promised, so that the connection breaks
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
