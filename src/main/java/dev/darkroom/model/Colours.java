package dev.darkroom.model;

/** Colours as networks see them, from -1 to 1. */
final class Colours {
    private Colours() {}

    /** Returns the nearest byte; NaN becomes 0. */
    static byte toByte(float value) {
        return (byte) Math.round(Math.max(0f, Math.min(255f, (value + 1) * 127.5f)));
    }
}
