package dev.darkroom.bus;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;

/** Tells all nodes something, from whatever thread. */
public final class Announcement {

    private Announcement() {}

    /**
     * Publishes {@code notice} at {@link Addresses#TASKS}. In a cluster always from an event loop: the connection to
     * another node stays on the context that first sent over it, and a device's lane would answer nobody during its calls.
     */
    public static void publish(Vertx vertx, TaskNotice notice) {
        if (vertx.isClustered()) {
            ((VertxInternal) vertx)
                    .createEventLoopContext()
                    .runOnContext(ignored -> vertx.eventBus().publish(Addresses.TASKS, notice));
        } else {
            vertx.eventBus().publish(Addresses.TASKS, notice);
        }
    }
}
