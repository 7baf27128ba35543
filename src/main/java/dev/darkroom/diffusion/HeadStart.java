package dev.darkroom.diffusion;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Finds by trial how many numbers before the wanted ones loops over an array had best begin. The JIT compiler's vector loops
 * take numbers one by one up to the first cache line and behind the last whole vector: 16 of a thousand as a rule, which
 * take a sixth of the time. Loops that begin one number before a line's begin, and end two behind another's, have 3 of
 * them. But Java does not tell where in a line an array begins, and the garbage collector moves it. So the loops of one
 * part of a picture in so many try all choices in turn, and those of the others take the fastest. No result depends on it.
 *
 * <p>One thread at a time.
 */
final class HeadStart {

    /** The most numbers before the wanted ones. Every second is a choice: arrays begin at even places of a line's 16. */
    static final int MOST = 15;

    /** Numbers by which loops are longer than what is wanted of them: a line, and those before and behind whole lines. */
    static final int LONGER = 16 + 1 + 2;

    private static final int CHOICES = (MOST + 1) / 2;

    private static final int PARTS_PER_TRIAL = 32;

    private final LongSupplier clock;
    private final long[] leastNanos = new long[CHOICES];
    private int parts;
    private int choice;
    private int best;
    private boolean onTrial;
    private long begun;

    /** @param clock nanoseconds since whenever */
    HeadStart(LongSupplier clock) {
        this.clock = clock;
    }

    /** Begins with a part of a picture, and with what a trial in the last one has shown. */
    void startPart() {
        if (onTrial) {
            onTrial = false;
            for (int tried = 0; tried < CHOICES; tried++) {
                best = leastNanos[tried] < leastNanos[best] ? tried : best;
            }
        }
        if (parts == 0) {
            onTrial = true;
            Arrays.fill(leastNanos, Long.MAX_VALUE);
        }
        parts = (parts + 1) % PARTS_PER_TRIAL;
    }

    /** Returns how many numbers before the wanted ones loops had best begin, as far as is known. */
    int known() {
        return before(best);
    }

    /** Returns how many numbers before the wanted ones the next loops shall begin, which are timed while there is a trial. */
    int begin() {
        if (!onTrial) {
            return known();
        }
        begun = clock.getAsLong();
        return before(choice);
    }

    /** Tells that the loops are done which the last {@link #begin} was for. */
    void end() {
        if (onTrial) {
            leastNanos[choice] = Math.min(leastNanos[choice], clock.getAsLong() - begun);
            choice = (choice + 1) % CHOICES;
        }
    }

    private static int before(int choice) {
        return MOST - 2 * choice;
    }
}
