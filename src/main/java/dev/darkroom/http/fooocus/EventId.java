package dev.darkroom.http.fooocus;

import dev.darkroom.task.TaskEvent;
import org.jspecify.annotations.Nullable;

/**
 * Where an event stands among its task's: {@code attempt.sequence}. The end has the same id from whomever it is heard.
 */
record EventId(int attempt, long sequence) implements Comparable<EventId> {

    /** Beyond every sequence, and still whole in a client's doubles. */
    private static final long END = Integer.MAX_VALUE;

    /** Before every event. */
    static final EventId NONE = new EventId(-1, 0);

    /** Returns the id of an event that is not the end. */
    static EventId of(TaskEvent event) {
        return new EventId(event.attempt(), Math.min(END - 1, event.sequence()));
    }

    /** Returns the id of the end. */
    static EventId end(int attempt) {
        return new EventId(attempt, END);
    }

    /** Reads what a client sends as {@code Last-Event-ID}; what is none of ours suppresses nothing. */
    static EventId parse(@Nullable String text) {
        if (text == null || !text.matches("\\d{1,9}\\.\\d{1,10}")) {
            return NONE;
        }
        int dot = text.indexOf('.');
        return new EventId(Integer.parseInt(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1)));
    }

    boolean isNewerThan(EventId other) {
        return compareTo(other) > 0;
    }

    @Override
    public int compareTo(EventId other) {
        return attempt != other.attempt
                ? Integer.compare(attempt, other.attempt)
                : Long.compare(sequence, other.sequence);
    }

    @Override
    public String toString() {
        return attempt + "." + sequence;
    }
}
