package dev.darkroom.worker;

/** What a task has taken of the device since its last image was done. Belongs to the lane. */
final class TaskPace {

    private double stepNanos;
    private int steps;
    private double otherNanos;

    /**
     * A model call of the step loop has ended.
     *
     * @param nanos the task's share of it, by its rows of the call
     * @param advanced steps that were completed by it
     */
    void stepped(double nanos, int advanced) {
        stepNanos += nanos;
        steps += advanced;
    }

    /** Something else was computed: a prompt or a picture. */
    void other(long nanos) {
        otherNanos += nanos;
    }

    /** Tells whether a whole step was seen. */
    boolean measured() {
        return steps > 0;
    }

    double stepMillis() {
        return stepNanos / steps / 1e6;
    }

    double otherMillis() {
        return otherNanos / 1e6;
    }

    /** Begins anew. */
    void clear() {
        stepNanos = 0;
        steps = 0;
        otherNanos = 0;
    }
}
