package dev.darkroom.bus;

/** Codes of failed replies on the event bus; the text beside one is a sentence for the client. */
public enum BusFailure {
    /** The queue is at its bound. */
    QUEUE_FULL,
    /** The database does not answer, or answers that it can't. */
    STORE_UNAVAILABLE,
    /** The message asks for something that can't be. */
    INVALID,
    /** Anything else: a defect, whose stack trace is in the log. */
    INTERNAL,
    /** An idempotency key came again with another request. */
    KEY_REUSED;

    /** Returns the number that travels in {@code ReplyException.failureCode()}. */
    public int code() {
        return 100 + ordinal();
    }

    /** Returns the failure behind {@code code}, {@link #INTERNAL} for an unknown one. */
    public static BusFailure ofCode(int code) {
        int ordinal = code - 100;
        return ordinal >= 0 && ordinal < values().length ? values()[ordinal] : INTERNAL;
    }
}
