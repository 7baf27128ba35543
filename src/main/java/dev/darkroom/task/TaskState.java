package dev.darkroom.task;

import java.util.Locale;

/** Where a task stands. A terminal state never changes. */
public enum TaskState {
    /** Accepted, and waiting for a device. */
    PENDING,
    /** Claimed by a worker under a lease. */
    RUNNING,
    /** Every image that was not skipped is saved. */
    FINISHED,
    /** Ended by its owner; images saved before that stay. */
    STOPPED,
    /** Ended by an error, which the task's record tells. */
    FAILED,
    /** Ended because a time limit passed. */
    TIMED_OUT;

    /** Tells whether this is an end. */
    public boolean terminal() {
        return this != PENDING && this != RUNNING;
    }

    /** Returns the name that the database keeps: lower case. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the state that {@code column} names.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static TaskState ofColumn(String column) {
        return valueOf(column.toUpperCase(Locale.ROOT));
    }
}
