package dev.darkroom.diffusion;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a short piece of work, which the thread that needs it and others take in turn. Falling asleep and
 * waking takes a thread a tenth of a blur's time. So the others are called before the parts are ready and wait for
 * them awake, and so does the one that needs the work for the last parts, at first. Where a core is busy with
 * something else, that costs time, never a part: who does not come takes none. Who waits longer than usual gives way
 * now and then: threads that wake each other may be put on the same core, where one waits for what the other can't do
 * meanwhile.
 */
final class PartsInTurn {

    /** How long to wait awake: longer than most parts take, and what is done before the parts of a large latent. */
    private static final long AWAKE_NANOS = 2_000_000;

    /**
     * How long to wait before giving way, and between two times: longer than most have to wait, as it costs a thread
     * its turn beside any other that wants the core.
     */
    private static final long GIVE_WAY_NANOS = 100_000;

    private final int parts;
    private final AtomicInteger next = new AtomicInteger();
    private final Semaphore done = new Semaphore(0);
    private volatile boolean ready;
    private volatile @Nullable Throwable failure;

    PartsInTurn(int parts) {
        this.parts = parts;
    }

    /** Takes parts, once they are ready, until none is left. Goes without one if they are not ready in time. */
    void help(IntConsumer work) {
        waitAwake(() -> ready);
        if (ready) {
            take(work);
        }
    }

    /**
     * Tells that parts can be taken, takes some, and returns when all are done.
     *
     * @throws RuntimeException if a part threw it, whichever thread took it; so with an error
     */
    void finish(IntConsumer work) {
        ready = true;
        take(work);
        waitAwake(() -> done.availablePermits() == parts);
        done.acquireUninterruptibly(parts);
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

    private void take(IntConsumer work) {
        for (int part = next.getAndIncrement(); part < parts; part = next.getAndIncrement()) {
            try {
                work.accept(part);
            } catch (RuntimeException | Error thrown) {
                failure = thrown;
            } finally {
                done.release();
            }
        }
    }
}
