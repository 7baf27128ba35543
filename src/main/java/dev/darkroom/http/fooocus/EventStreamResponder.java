package dev.darkroom.http.fooocus;

import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.StreamLimit;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;

/** Answers with server-sent events. */
final class EventStreamResponder implements Responder {

    private static final int QUEUE_BYTES = 64 << 10;

    private final EventFrames frames = new EventFrames();
    private final PublicAddress address;
    private final StreamLimit streams;
    private final long heartbeatMs;
    private final Timer delay;

    EventStreamResponder(PublicAddress address, StreamLimit streams, Duration heartbeat, MeterRegistry registry) {
        this.address = address;
        this.streams = streams;
        heartbeatMs = heartbeat.toMillis();
        delay = Timer.builder("darkroom.http.event.delay")
                .description("From the hub's call to the write on the client's socket")
                .publishPercentiles(0.5, 0.99)
                .register(registry);
    }

    @Override
    public void respond(RoutingContext context, GenerateRequest request, TaskFollower follower) {
        HttpServerResponse response = context.response();
        // the place was taken before the task was submitted
        context.addEndHandler(gone -> streams.leave());
        response.setChunked(true)
                .setWriteQueueMaxSize(QUEUE_BYTES)
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .putHeader(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .putHeader("X-Accel-Buffering", "no");
        EventStream stream = new EventStream(response, frames, address.of(context.request()), heartbeatMs, delay);
        stream.open();
        follower.begin(stream);
    }
}
