package dev.darkroom.http.peer;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.PeerClient;
import dev.darkroom.output.PeerSignature;
import dev.darkroom.output.SharingConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives other nodes this node's own pictures and takes copies of theirs; without a valid signature it answers 401. It
 * never asks another node, so that no question goes around in a circle. One instance.
 */
public final class PeerVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(PeerVerticle.class);
    private static final int MOST_BYTES = 256 << 20;
    private static final int IDLE_SECONDS = 60;

    private final SharingConfig config;
    private final PeerSignature signature;
    private final KeptCopies folder;
    private final Promise<String> url = Promise.promise();
    private @Nullable HttpServer server;

    public PeerVerticle(SharingConfig config, PeerSignature signature, KeptCopies folder) {
        this.config = config;
        this.signature = signature;
        this.folder = folder;
    }

    /** Returns where other nodes reach this one, once it listens. */
    public Future<String> url() {
        return url.future();
    }

    @Override
    public Future<?> start() {
        HttpServer listening = vertx.createHttpServer(new HttpServerOptions()
                        .setHost(config.host())
                        .setPort(config.port())
                        .setHttp2ClearTextEnabled(false)
                        .setHandle100ContinueAutomatically(true)
                        .setIdleTimeout(IDLE_SECONDS)
                        .setIdleTimeoutUnit(TimeUnit.SECONDS))
                .requestHandler(this::handle);
        server = listening;
        return listening
                .listen()
                .onSuccess(ready -> url.complete(
                        config.url().isEmpty()
                                ? "http://%s:%d".formatted(bracketed(config.host()), ready.actualPort())
                                : config.url()));
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    @Override
    public Future<?> stop() {
        return Objects.requireNonNull(server).shutdown(3, TimeUnit.SECONDS);
    }

    private void handle(HttpServerRequest request) {
        String digest = request.getHeader(PeerSignature.DIGEST);
        boolean signed = signature.accepts(
                request.method().name(),
                request.path(),
                request.getHeader(PeerSignature.TIME),
                digest,
                request.getHeader(PeerSignature.SIGNATURE));
        if (!signed || digest == null) {
            refuse(request, 401);
        } else if (!request.path().startsWith(PeerClient.PREFIX)) {
            refuse(request, 404);
        } else if (request.method() == HttpMethod.GET) {
            give(request, path(request));
        } else if (request.method() == HttpMethod.PUT) {
            take(request, path(request), digest);
        } else {
            refuse(request, 405);
        }
    }

    /** The body of a refused request is not read. */
    private static void refuse(HttpServerRequest request, int status) {
        request.response()
                .putHeader("Connection", "close")
                .setStatusCode(status)
                .end();
    }

    /** It is signed, so its escapes are those of a node. */
    private static String path(HttpServerRequest request) {
        String escaped = request.path().substring(PeerClient.PREFIX.length());
        return URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private record Sent(Path file, long modified) {}

    private void give(HttpServerRequest request, String path) {
        vertx.executeBlocking(() -> sent(path), false)
                .compose(found -> found == null
                        ? request.response().setStatusCode(404).end()
                        : request.response()
                                .putHeader(PeerClient.MODIFIED, Long.toString(found.modified()))
                                .sendFile(found.file().toString()))
                .onFailure(failure -> failed(request, failure));
    }

    private @Nullable Sent sent(String path) throws IOException {
        Optional<Path> file = folder.find(path);
        return file.isEmpty()
                ? null
                : new Sent(file.get(), Files.getLastModifiedTime(file.get()).toMillis());
    }

    private void take(HttpServerRequest request, String path, String digest) {
        String length = request.getHeader("Content-Length");
        if (length == null || length.length() > 9 || Integer.parseInt(length) > MOST_BYTES) {
            refuse(request, 413);
            return;
        }
        String modified = request.getHeader(PeerClient.MODIFIED);
        long time = modified != null && modified.matches("\\d{1,15}") ? Long.parseLong(modified) : 0;
        request.body()
                .compose(body -> vertx.executeBlocking(() -> keep(path, body.getBytes(), digest, time), false))
                .compose(status -> request.response().setStatusCode(status).end())
                .onFailure(failure -> failed(request, failure));
    }

    private int keep(String path, byte[] bytes, String digest, long modified) throws IOException {
        if (!PeerSignature.digest(bytes).equals(digest)) {
            return 400;
        }
        return folder.keep(path, bytes, modified) ? 204 : 409;
    }

    private static void failed(HttpServerRequest request, Throwable failure) {
        if (request.response().closed() || request.response().headWritten()) {
            return;
        }
        LOG.warn("A node can't be served with {}: {}", request.path(), failure.getMessage());
        refuse(request, 500);
    }
}
