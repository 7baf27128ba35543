package dev.darkroom.worker;

/**
 * Knows what usually passes between the end of a model's call and the end of the next, beside that call. Belongs to the
 * lane.
 */
final class CallPause {

    private static final double NEWEST = 0.05;

    private long lastEnd;
    private boolean counts;
    private double millis;

    /** Something else is done, or nothing: what passes until the next call says nothing. */
    void interrupted() {
        counts = false;
    }

    /**
     * A call has ended, and all that comes of it was told.
     *
     * @param now in nanoseconds
     * @param modelNanos of the call
     */
    void called(long now, long modelNanos) {
        if (counts) {
            double pause = (now - lastEnd - modelNanos) / 1e6;
            millis = millis == 0 ? pause : millis + NEWEST * (pause - millis);
        }
        lastEnd = now;
        counts = true;
    }

    /** Returns the usual milliseconds; 0 before there is a measurement. */
    double millis() {
        return millis;
    }
}
