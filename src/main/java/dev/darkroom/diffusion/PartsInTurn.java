package dev.darkroom.diffusion;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a short piece of work, which the thread that needs it and others take in turn. Falling asleep and
 * waking takes a thread a tenth of a blur's time. So the others are called before the parts are ready, and wait for
 * them awake. Where a core is busy with something else, that costs time, never a part: who does not come takes none.
 * When none is left, the thread that needs the work computes those that others have not finished itself (a backup
 * execution of stragglers, as in Dean and Ghemawat, "MapReduce", 2004). Of two that compute a part, the first to finish
 * claims it and copies its result; a core that is lost amid the copy, which takes a hundredth of the part's time, is
 * waited for. Who waits longer than usual gives way now and then: threads that wake each other may be put on the same
 * core, where one waits for what the other can't do meanwhile.
 */
final class PartsInTurn {

    /** What computes parts, one at a time, in memory of its own. */
    interface Worker {

        /**
         * Computes a part. Others' calls may go on when {@link #finish(Worker)} has returned, and what they read changes.
         *
         * @param needless tells whether another has finished the part; where this leaves off then, nothing is lost
         */
        void compute(int part, BooleanSupplier needless);

        /** Copies the part computed last into the result. No part is copied twice, and none after the end. */
        void keep(int part);
    }

    /** How long to wait awake: longer than what is done before the parts of a large latent takes. */
    private static final long AWAKE_NANOS = 2_000_000;

    /**
     * How long to wait before giving way, and between two times: longer than most have to wait, as it costs a thread
     * its turn beside any other that wants the core.
     */
    private static final long GIVE_WAY_NANOS = 100_000;

    private static final int OPEN = 0;
    /** It has been computed, or has failed, and a second result of it counts for nothing. */
    private static final int CLAIMED = 1;

    private final int parts;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicIntegerArray states;
    private final Semaphore kept = new Semaphore(0);
    private volatile boolean ready;
    private volatile @Nullable Throwable failure;

    PartsInTurn(int parts) {
        this.parts = parts;
        states = new AtomicIntegerArray(parts);
    }

    /** Takes parts, once they are ready, until none is left. Goes without one if they are not ready in time. */
    void help(Worker worker) {
        waitAwake(() -> ready);
        if (ready) {
            take(worker);
        }
    }

    /**
     * Tells that parts can be taken, takes some, and returns when the results of all are copied.
     *
     * @throws RuntimeException if a part threw it, whichever thread took it; so with an error. Of two threads that
     *     computed a part, the first counts
     */
    void finish(Worker worker) {
        ready = true;
        take(worker);
        for (int part = 0; part < parts; part++) {
            if (!isClaimed(part)) {
                compute(part, worker);
            }
        }
        waitAwake(() -> kept.availablePermits() == parts);
        kept.acquireUninterruptibly(parts);
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private static void waitAwake(BooleanSupplier over) {
        long begun = System.nanoTime();
        long gaveWay = begun;
        while (!over.getAsBoolean()) {
            long now = System.nanoTime();
            if (now - begun > AWAKE_NANOS) {
                return;
            }
            if (now - gaveWay > GIVE_WAY_NANOS) {
                gaveWay = now;
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private void take(Worker worker) {
        for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
            compute(part, worker);
        }
    }

    private void compute(int part, Worker worker) {
        boolean first = false;
        try {
            worker.compute(part, () -> isClaimed(part));
            first = claim(part);
            if (first) {
                worker.keep(part);
            }
        } catch (RuntimeException | Error thrown) {
            first = first || claim(part);
            if (first) {
                failure = thrown;
            }
        } finally {
            if (first) {
                kept.release();
            }
        }
    }

    private boolean isClaimed(int part) {
        return states.get(part) == CLAIMED;
    }

    private boolean claim(int part) {
        return states.compareAndSet(part, OPEN, CLAIMED);
    }
}
