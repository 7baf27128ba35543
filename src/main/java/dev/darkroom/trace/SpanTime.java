package dev.darkroom.trace;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Turns {@link System#nanoTime} into the times of spans, so that those of one task keep their order when the clock is set.
 *
 * @param epoch nanoseconds since 1970 at {@code nanos}
 */
record SpanTime(long epoch, long nanos) {

    static SpanTime now() {
        Instant now = Instant.now();
        return new SpanTime(TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano(), System.nanoTime());
    }

    Instant begun() {
        return at(nanos);
    }

    Instant at(long nanoTime) {
        return Instant.ofEpochSecond(0, epoch + nanoTime - nanos);
    }
}
