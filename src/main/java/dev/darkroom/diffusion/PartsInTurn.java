package dev.darkroom.diffusion;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a short piece of work, which the thread that needs it and others take in turn. Falling asleep and waking
 * takes a thread a tenth of a blur's time. So the others are called before the parts are ready and wait for them awake, and
 * so does the one that needs the work for the last parts, at first. Where a core is busy with something else, that costs
 * time, never a part: who does not come takes none.
 */
final class PartsInTurn {

    /** How long to wait awake: a few times what a part takes, and what is done before the parts of a large latent. */
    private static final long AWAKE_NANOS = 2_000_000;

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
        long deadline = System.nanoTime() + AWAKE_NANOS;
        while (!ready) {
            if (System.nanoTime() - deadline > 0) {
                return;
            }
            Thread.onSpinWait();
        }
        take(work);
    }

    /**
     * Tells that parts can be taken, takes some, and returns when all are done.
     *
     * @throws RuntimeException if a part threw it, whichever thread took it; so with an error
     */
    void finish(IntConsumer work) {
        ready = true;
        take(work);
        long deadline = System.nanoTime() + AWAKE_NANOS;
        while (done.availablePermits() < parts && System.nanoTime() - deadline <= 0) {
            Thread.onSpinWait();
        }
        done.acquireUninterruptibly(parts);
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
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
