package dev.darkroom.bus;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import dev.darkroom.task.Preview;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * How a message looks between two nodes: one byte of version, the length of the head (4 bytes, big endian), the head as
 * JSON, the length of the preview (4 bytes) and the preview's PNG as it is. Fields that a reader does not know are
 * ignored; anything that an older reader would misread takes a new version. Safe from any thread.
 */
final class WireFormat {

    /** The version that is written and the only one that is read. */
    static final byte VERSION = 1;

    private static final byte[] NO_PREVIEW = {};
    private static final ObjectMapper JSON = mapper();

    private WireFormat() {}

    private static ObjectMapper mapper() {
        ObjectMapper mapper = new ObjectMapper()
                .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
                .addMixIn(TaskId.class, AsText.class);
        for (Class<?> family : new Class<?>[] {TaskNotice.class, NodeMessage.class, TaskEvent.class}) {
            mapper.addMixIn(family, Tagged.class);
            for (Class<?> member : family.getPermittedSubclasses()) {
                mapper.registerSubtypes(new NamedType(member, member.getSimpleName()));
            }
        }
        return mapper;
    }

    /** Appends {@code message} to {@code wire}. */
    static void write(Object message, Buffer wire) {
        Preview preview = previewOf(message);
        Object head = preview == null
                ? message
                : withPreview(message, new Preview(NO_PREVIEW, preview.width(), preview.height()));
        try {
            byte[] json = JSON.writeValueAsBytes(head);
            byte[] png = preview == null ? NO_PREVIEW : preview.png();
            wire.appendByte(VERSION).appendInt(json.length).appendBytes(json);
            wire.appendInt(png.length).appendBytes(png);
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    /**
     * Reads a message.
     *
     * @param position of its first byte
     * @throws IllegalArgumentException if it is of another version or no message of this family
     */
    static <T> T read(Class<T> family, int position, Buffer wire) {
        byte version = wire.getByte(position);
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "a %s of version %d came in, but this node reads version %d: run one release on all nodes"
                            .formatted(family.getSimpleName(), version, VERSION));
        }
        int length = wire.getInt(position + 1);
        int head = position + 5;
        try {
            T message = JSON.readValue(wire.getBytes(head, head + length), family);
            Preview preview = previewOf(message);
            if (preview == null) {
                return message;
            }
            int png = head + length + 4;
            byte[] bytes = wire.getBytes(png, png + wire.getInt(head + length));
            return family.cast(withPreview(message, new Preview(bytes, preview.width(), preview.height())));
        } catch (IOException unreadable) {
            throw new IllegalArgumentException(
                    "a %s came in that this node can't read".formatted(family.getSimpleName()), unreadable);
        }
    }

    private static @Nullable Preview previewOf(Object message) {
        return message instanceof NodeMessage.Told told && told.event() instanceof TaskEvent.Progressed progressed
                ? progressed.preview()
                : null;
    }

    private static Object withPreview(Object message, Preview preview) {
        TaskEvent.Progressed told = (TaskEvent.Progressed) ((NodeMessage.Told) message).event();
        return new NodeMessage.Told(new TaskEvent.Progressed(
                told.taskId(),
                told.attempt(),
                told.sequence(),
                told.progress(),
                told.message(),
                told.step(),
                told.steps(),
                told.image(),
                told.images(),
                preview));
    }

    /** The member's name stands beside its fields. */
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    private interface Tagged {}

    private abstract static class AsText {
        @JsonCreator
        AsText(String hex) {}

        @JsonValue
        abstract String hex();
    }
}
