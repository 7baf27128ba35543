package dev.darkroom.bus;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import org.jspecify.annotations.Nullable;

/**
 * The codecs of everything that Darkroom sends over the event bus. Within a node all messages travel uncopied, since
 * they are immutable. {@link TaskNotice} and {@link NodeMessage} also have a form for the wire; what belongs to the
 * store and the models never leaves its node.
 *
 * <p>They are chosen by the message's family: a default codec registered for a sealed type would not be found for its
 * records.
 */
public final class MessageCodecs {

    private static final String LOCAL = "darkroom.local";
    private static final String NOTICE = "darkroom.notice";
    private static final String NODE = "darkroom.node";

    private MessageCodecs() {}

    /** Registers all codecs; once per Vert.x, before the first message. */
    public static void register(Vertx vertx) {
        EventBus bus = vertx.eventBus();
        bus.registerCodec(new Local());
        bus.registerCodec(new Wire<>(NOTICE, TaskNotice.class));
        bus.registerCodec(new Wire<>(NODE, NodeMessage.class));
        bus.codecSelector(MessageCodecs::codecOf);
    }

    /** Returns the name of the body's codec, or null where Vert.x has its own. */
    private static @Nullable String codecOf(Object body) {
        if (body instanceof NodeMessage) {
            return NODE;
        }
        if (body instanceof TaskNotice) {
            return NOTICE;
        }
        // replies are no members of the sealed family, but live inside of it
        Class<?> family = body.getClass().getEnclosingClass();
        return family == StoreMessage.class || family == ModelMessage.class ? LOCAL : null;
    }

    /** Hands the message over as it is. */
    private static final class Local implements MessageCodec<Object, Object> {
        @Override
        public void encodeToWire(Buffer buffer, Object message) {
            throw notForTheWire();
        }

        @Override
        public Object decodeFromWire(int position, Buffer buffer) {
            throw notForTheWire();
        }

        private static IllegalStateException notForTheWire() {
            return new IllegalStateException("messages to the store and the models stay on their node");
        }

        @Override
        public Object transform(Object message) {
            return message;
        }

        @Override
        public String name() {
            return LOCAL;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    /** Hands the message over as it is within the node, and writes it out for others. */
    private record Wire<T>(String name, Class<T> family) implements MessageCodec<T, T> {
        @Override
        public void encodeToWire(Buffer buffer, T message) {
            WireFormat.write(message, buffer);
        }

        @Override
        public T decodeFromWire(int position, Buffer buffer) {
            return WireFormat.read(family, position, buffer);
        }

        @Override
        public T transform(T message) {
            return message;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
