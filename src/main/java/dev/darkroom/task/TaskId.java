package dev.darkroom.task;

import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * Names a task on the wire, in the database and on the event bus.
 *
 * @param hex 32 lower-case hexadecimal digits: a random UUID without its dashes
 */
public record TaskId(String hex) {

    private static final int DIGITS = 32;
    private static final HexFormat HEX = HexFormat.of();

    /** @throws IllegalArgumentException if {@code hex} is not 32 lower-case hexadecimal digits */
    public TaskId {
        if (!isTaskId(hex)) {
            throw new IllegalArgumentException("not a task id: " + hex);
        }
    }

    /** Returns a new random id. */
    public static TaskId random() {
        return of(UUID.randomUUID());
    }

    /** Returns the id that stands for {@code uuid}. */
    public static TaskId of(UUID uuid) {
        return new TaskId(
                HEX.toHexDigits(uuid.getMostSignificantBits()) + HEX.toHexDigits(uuid.getLeastSignificantBits()));
    }

    /** Reads an id as clients write it, with a UUID's dashes or without; anything else is nothing. */
    public static Optional<TaskId> parse(String text) {
        String hex = text.replace("-", "");
        return isTaskId(hex) ? Optional.of(new TaskId(hex)) : Optional.empty();
    }

    /** Tells whether {@code text} has the form of an id. */
    public static boolean isTaskId(String text) {
        if (text.length() != DIGITS) {
            return false;
        }
        for (int i = 0; i < DIGITS; i++) {
            char digit = text.charAt(i);
            if (!(digit >= '0' && digit <= '9' || digit >= 'a' && digit <= 'f')) {
                return false;
            }
        }
        return true;
    }

    /** Returns this id as the UUID that the database keeps. */
    public UUID uuid() {
        return new UUID(Long.parseUnsignedLong(hex, 0, 16, 16), Long.parseUnsignedLong(hex, 16, 32, 16));
    }

    @Override
    public String toString() {
        return hex;
    }
}
