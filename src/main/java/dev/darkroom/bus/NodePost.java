package dev.darkroom.bus;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.Shareable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends messages to other nodes, in their order, from whatever thread: always from one event loop, since the connection to
 * a node stays on the context that first sent over it, and a device's lane would answer nobody during its calls. A node has
 * one, so that nothing it tells overtakes what it told before. What can't be written is lost without a word; whoever waits
 * for it reads rows.
 */
final class NodePost implements Shareable {

    private static final Logger LOG = LoggerFactory.getLogger(NodePost.class);

    private final Vertx vertx;
    private final Context context;

    /** Returns the node's. */
    static NodePost of(Vertx vertx) {
        return vertx.sharedData()
                .<String, NodePost>getLocalMap(NodePost.class.getName())
                .computeIfAbsent("", first -> new NodePost(vertx));
    }

    private NodePost(Vertx vertx) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        context.exceptionHandler(NodePost::unwritten);
    }

    void send(String address, Object message) {
        context.runOnContext(ignored -> {
            try {
                vertx.eventBus().send(address, message);
            } catch (IllegalStateException failed) {
                unwritten(failed);
            }
        });
    }

    /**
     * With Vert.x 5.0.10 a message that can't be written, to a node that has just died, fails as it should and then once
     * more with this exception: at once, or in the socket's own time.
     */
    private static void unwritten(Throwable failure) {
        if (failure instanceof IllegalStateException) {
            LOG.debug("A message to another node could not be written", failure);
        } else {
            LOG.error("Messages to other nodes fail", failure);
        }
    }
}
