package dev.darkroom.bus;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;

/**
 * Tells all nodes something, from whatever thread. In a cluster each other node is told by a message of its own, which it
 * publishes to itself: with Vert.x 5.0.10 a publication to several nodes fails at the first one behind one that is dead
 * and still known, and the nodes behind that, even the own one, hear nothing.
 */
public final class Announcement {

    private static final DeliveryOptions HERE = new DeliveryOptions().setLocalOnly(true);

    private Announcement() {}

    /** Publishes {@code notice} at {@link Addresses#TASKS} of each node, where it comes after those published before it. */
    public static void publish(Vertx vertx, TaskNotice notice) {
        vertx.eventBus().publish(Addresses.TASKS, notice, HERE);
        if (vertx.isClustered()) {
            NodePost post = NodePost.of(vertx);
            Membership.others(vertx).forEach(node -> post.send(Addresses.tasks(node), notice));
        }
    }

    /** Publishes here what other nodes tell this one, which is in a cluster. */
    static MessageConsumer<TaskNotice> receive(Vertx vertx) {
        return vertx.eventBus()
                .consumer(
                        Addresses.tasks(Membership.name(vertx)),
                        message -> vertx.eventBus().publish(Addresses.TASKS, message.body(), HERE));
    }
}
