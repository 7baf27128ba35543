package dev.darkroom.chaos;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what other processes do. */
final class Until {

    /** More than anything takes on a loaded machine. */
    static final Duration LONG = Duration.ofMinutes(5);

    private static final long APART_MILLIS = 50;

    private Until() {}

    /** Looks again and again, and fails with {@code what} if the condition does not come to hold. */
    static void holds(String what, Duration patience, Callable<Boolean> condition) throws Exception {
        if (!held(patience, condition)) {
            throw new IllegalStateException(
                    "in %d s it did not come to this: %s".formatted(patience.toSeconds(), what));
        }
    }

    /** Looks again and again, and tells whether the condition came to hold. */
    static boolean held(Duration patience, Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + patience.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > until) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(APART_MILLIS);
        }
        return true;
    }
}
