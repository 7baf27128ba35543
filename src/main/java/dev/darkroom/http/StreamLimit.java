package dev.darkroom.http;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the node's open event streams, as {@code darkroom_http_open_streams}, and bounds them. */
public final class StreamLimit {

    private final AtomicInteger open = new AtomicInteger();
    private final int most;

    StreamLimit(int most, MeterRegistry registry) {
        this.most = most;
        Gauge.builder("darkroom.http.open.streams", open, AtomicInteger::get)
                .description("Event streams that are open")
                .register(registry);
    }

    /**
     * Takes a place; {@link #leave} gives it back.
     *
     * @throws ApiException 503 if there is none
     */
    public void enter() {
        if (open.incrementAndGet() > most) {
            open.decrementAndGet();
            throw new ApiException(new ApiError.Later(503, "Too many event streams are open.", 5));
        }
    }

    /** Gives a place back. */
    public void leave() {
        open.decrementAndGet();
    }
}
