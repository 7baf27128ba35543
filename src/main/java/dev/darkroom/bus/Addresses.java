package dev.darkroom.bus;

import java.util.UUID;

/** Where messages go. A task never has an address of its own: registering one across a cluster costs milliseconds. */
public final class Addresses {

    /** Takes every {@link StoreMessage}; stays on the node. Replies are named at each message. */
    public static final String STORE = "darkroom.store";

    /** Takes every {@link ModelMessage}; stays on the node. */
    public static final String MODELS = "darkroom.models";

    /** Publishes every {@link TaskNotice} on each node; {@link Announcement} tells all of them. */
    public static final String TASKS = "darkroom.tasks";

    private Addresses() {}

    /**
     * Takes what one node is to publish at {@link #TASKS}.
     *
     * @param member what the membership calls the node
     */
    static String tasks(String member) {
        return TASKS + "." + member;
    }

    /**
     * Takes the {@link NodeMessage}s for one node.
     *
     * @param node drawn anew at each start of the node
     */
    public static String node(UUID node) {
        return "darkroom.node." + node;
    }
}
