package dev.darkroom.worker;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;

/**
 * Watches how long tasks run, on an event loop of its own, so that it sees a limit pass while the lane is within a call.
 * Called on the lane.
 */
final class TimeLimits {

    private final Vertx vertx;
    private final Context loop;

    TimeLimits(Vertx vertx) {
        this.vertx = vertx;
        this.loop = ((VertxInternal) vertx).createEventLoopContext();
    }

    /**
     * Begins to watch.
     *
     * @param late called on an event loop when the time is over
     * @return ends it
     */
    Runnable watch(Duration limit, Runnable late) {
        long[] timer = {-1};
        boolean[] over = new boolean[1];
        loop.runOnContext(begun -> {
            if (!over[0]) {
                timer[0] = vertx.setTimer(Math.max(1, limit.toMillis()), passed -> late.run());
            }
        });
        return () -> loop.runOnContext(ended -> {
            over[0] = true;
            vertx.cancelTimer(timer[0]);
        });
    }
}
