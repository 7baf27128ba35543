package dev.darkroom.http;

import java.time.Instant;

/**
 * Writes instants in ISO 8601 with three digits of a second, {@code 2026-11-21T10:15:30.123Z}; those of the same second
 * share most of their text. For one thread at a time.
 */
final class InstantText {

    private static final int SECOND_MILLIS = 1000;

    private long second = Long.MIN_VALUE;
    private String text = "";

    /** Appends the instant that many milliseconds after 1970. */
    void append(StringBuilder out, long epochMillis) {
        long wanted = Math.floorDiv(epochMillis, SECOND_MILLIS);
        if (wanted != second) {
            String whole = Instant.ofEpochSecond(wanted).toString();
            text = whole.substring(0, whole.length() - 1);
            second = wanted;
        }
        int millis = Math.floorMod(epochMillis, SECOND_MILLIS);
        out.append(text)
                .append('.')
                .append((char) ('0' + millis / 100))
                .append((char) ('0' + millis / 10 % 10))
                .append((char) ('0' + millis % 10))
                .append('Z');
    }
}
