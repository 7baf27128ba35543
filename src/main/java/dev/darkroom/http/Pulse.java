package dev.darkroom.http;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Beats twice a second for whoever waits on one event loop; one timer serves thousands. Used on that event loop only.
 */
public final class Pulse {

    private static final long PERIOD_MS = 500;

    /** Somebody who wants to notice that time passes. */
    public interface Beat {
        /** @param now milliseconds of a clock that never goes back */
        void beat(long now);

        /** The server goes down; says goodbye. */
        void shutdown();
    }

    private final Set<Beat> beats = new LinkedHashSet<>();
    private boolean closed;

    /** Must be called on the event loop. */
    Pulse(Vertx vertx) {
        vertx.setPeriodic(PERIOD_MS, timer -> {
            long now = now();
            for (Beat beat : new ArrayList<>(beats)) {
                beat.beat(now);
            }
        });
    }

    /** Returns milliseconds of a clock that never goes back. */
    public static long now() {
        return System.nanoTime() / 1_000_000;
    }

    /** Begins to tell {@code beat}; one that comes during the shutdown is told of it at once. */
    public void add(Beat beat) {
        if (closed) {
            beat.shutdown();
        } else {
            beats.add(beat);
        }
    }

    /** Ends it. */
    public void remove(Beat beat) {
        beats.remove(beat);
    }

    void shutdown() {
        closed = true;
        for (Beat beat : new ArrayList<>(beats)) {
            beat.shutdown();
        }
        beats.clear();
    }
}
