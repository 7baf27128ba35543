package dev.darkroom.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves HTTP on one event loop. Made by {@link HttpRoom#verticle()}; instances share the port. When it stops, open
 * streams are ended and waiting clients told, while their tasks go on.
 */
public final class HttpVerticle extends VerticleBase {

    private static final int SEND_BUFFER_BYTES = 128 << 10;
    static final int MOST_HEADER_BYTES = 16 << 10;
    private static final int MOST_FIELD_BYTES = 1 << 20;
    /** As the older Fooocus-API has it. */
    private static final int LEAST_COMPRESSED_BYTES = 1000;

    private static final long DRAIN_SECONDS = 3;

    private final HttpRoom room;
    private @Nullable Pulse pulse;
    private @Nullable HttpServer server;

    HttpVerticle(HttpRoom room) {
        this.room = room;
    }

    @Override
    public Future<?> start() {
        Pulse beats = new Pulse(vertx);
        pulse = beats;
        ConnectionPatience patience = new ConnectionPatience(room.config().receiveTimeout());
        beats.add(patience);
        HttpServerOptions options = new HttpServerOptions()
                .setHost(room.config().host())
                .setPort(room.sharedPort())
                .setMaxFormAttributeSize(MOST_FIELD_BYTES)
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true)
                .setTcpNoDelay(true)
                .setSendBufferSize(SEND_BUFFER_BYTES)
                .setMaxHeaderSize(MOST_HEADER_BYTES)
                .setAcceptBacklog(4096)
                .setCompressionSupported(room.face().compresses())
                .setCompressionContentSizeThreshold(LEAST_COMPRESSED_BYTES);
        Router router = router(beats);
        HttpServer listening = vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    patience.opened(connection);
                    connection.shutdownHandler(down -> shutdown());
                })
                .invalidRequestHandler(UnreadableRequest::answer)
                .requestHandler(request -> {
                    patience.begins(request);
                    router.handle(request);
                });
        server = listening;
        return listening.listen().onSuccess(ready -> room.listening(ready.actualPort()));
    }

    @Override
    public Future<?> stop() {
        shutdown();
        return Objects.requireNonNull(server).shutdown(DRAIN_SECONDS, TimeUnit.SECONDS);
    }

    private void shutdown() {
        room.abandoned().close();
        Objects.requireNonNull(pulse).shutdown();
    }

    private Router router(Pulse beats) {
        Router router = Router.router(vertx);
        new ErrorTable().attach(router);
        room.accessLog().attach(router);
        router.route().handler(room.origins()::handle);
        room.docs().attach(router);
        router.get("/metrics").handler(this::metrics);
        router.route("/*").subRouter(room.face().router(vertx, room.desk(beats)));
        return router;
    }

    private void metrics(RoutingContext context) {
        vertx.executeBlocking(() -> room.registry().scrape(), false)
                .onFailure(context::fail)
                .onSuccess(text -> context.response()
                        .putHeader(HttpHeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
                        .end(text));
    }
}
