package dev.darkroom.http;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Holds somebody to so many uses a minute, all at once or evenly: time saved up, of which a use costs its share. */
final class RateLimit {

    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long costNanos;
    private final LongSupplier nanoTime;
    private long savedNanos = MINUTE_NANOS;
    private long savedAt;

    /**
     * @param perMinute uses in a minute; 0 for no limit
     * @param nanoTime such as {@link System#nanoTime}
     */
    RateLimit(int perMinute, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        costNanos = perMinute == 0 ? 0 : MINUTE_NANOS / perMinute;
        savedAt = nanoTime.getAsLong();
    }

    /** Returns 0 if one more use is allowed now, else the seconds until it is, rounded up. */
    synchronized int secondsToWait() {
        long now = nanoTime.getAsLong();
        savedNanos = Math.min(MINUTE_NANOS, savedNanos + (now - savedAt));
        savedAt = now;
        long missing = Math.max(0, costNanos - savedNanos);
        return (int) ((missing + SECOND_NANOS - 1) / SECOND_NANOS);
    }

    /** Notes a use. */
    synchronized void used() {
        savedNanos -= costNanos;
    }
}
