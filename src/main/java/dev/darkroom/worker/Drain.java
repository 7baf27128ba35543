package dev.darkroom.worker;

import io.vertx.core.Future;
import io.vertx.core.Promise;

/**
 * Counts what a lane has begun and waits for, and tells when nothing of it is left once the lane drains. Belongs to the
 * lane's thread, except for {@link #begun()} and {@link #announce()}.
 */
final class Drain {

    private final Promise<Void> drained = Promise.promise();
    private volatile boolean begun;
    private int underWay;

    /** Tells whether nothing new may begin; safe from any thread. */
    boolean begun() {
        return begun;
    }

    /** Nothing new may begin from now on; from any thread. */
    void announce() {
        begun = true;
    }

    /** Returns when everything that was entered has left. */
    Future<Void> begin() {
        begun = true;
        settle();
        return drained.future();
    }

    void enter() {
        underWay++;
    }

    /** The last thing that what was entered does, so that what follows from it is entered by then. */
    void leave() {
        underWay--;
        settle();
    }

    private void settle() {
        if (begun && underWay == 0) {
            drained.tryComplete();
        }
    }
}
