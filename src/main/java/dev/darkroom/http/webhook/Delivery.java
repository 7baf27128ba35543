package dev.darkroom.http.webhook;

import org.jspecify.annotations.Nullable;

/**
 * How an attempt went.
 *
 * @param delivered the receiver took it
 * @param again it may go better later
 * @param status that was answered, or null
 * @param error why it was not taken, in one sentence, or null
 */
record Delivery(
        boolean delivered,
        boolean again,
        @Nullable Integer status,
        @Nullable String error) {

    private static final int GONE = 410;

    /** Judges an answer. */
    static Delivery answered(int status) {
        if (status >= 200 && status < 300) {
            return new Delivery(true, false, status, null);
        }
        if (status == GONE) {
            return new Delivery(false, false, status, "The receiver answered 410: it wants no more.");
        }
        if (status >= 300 && status < 400) {
            return new Delivery(
                    false, true, status, "The receiver answered %d; redirects are not followed.".formatted(status));
        }
        return new Delivery(false, true, status, "The receiver answered %d.".formatted(status));
    }

    /** Says that no answer came. */
    static Delivery unanswered(String sentence) {
        return new Delivery(false, true, null, sentence);
    }

    /** Says that nothing may be sent. */
    static Delivery refused(String sentence) {
        return new Delivery(false, false, null, sentence);
    }
}
