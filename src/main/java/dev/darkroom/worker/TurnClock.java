package dev.darkroom.worker;

import java.util.concurrent.TimeUnit;

/** Knows how long the lane's turn in flight takes, and how long turns usually take. Safe from any thread. */
final class TurnClock {

    /** A turn shorter than this is never held to be stuck: the first calls of a model are slow. */
    private static final long LENIENT = TimeUnit.SECONDS.toNanos(60);

    private static final double NEWEST = 0.2;

    private boolean running;
    private long begun;
    private double usual;

    synchronized void begin() {
        running = true;
        begun = System.nanoTime();
    }

    /** @param worked whether there was something to do */
    synchronized void end(boolean worked) {
        running = false;
        if (!worked) {
            return;
        }
        double took = System.nanoTime() - begun;
        usual = usual == 0 ? took : usual + NEWEST * (took - usual);
    }

    /** Tells whether the turn in flight takes more than ten times what was to be expected. */
    synchronized boolean isStuck() {
        return running && System.nanoTime() - begun > Math.max(LENIENT, 10 * usual);
    }
}
