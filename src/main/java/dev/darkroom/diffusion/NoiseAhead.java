package dev.darkroom.diffusion;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Draws an image's noise, and the next one on another thread while the network works on the step before. A draw that was
 * expected and is not wanted is forgotten; one that was not expected, or that no other thread has begun with, is made at
 * once. Keeps its arrays; one thread at a time.
 */
final class NoiseAhead {

    /** No draw is expected; draw 0 is the initial noise, which a sampler already has. */
    static final int NONE = 0;

    /** What noise is drawn from, by any thread; see {@link NoiseSource#draw}. */
    interface Source {
        void draw(long index, float[] into);
    }

    private final Source source;
    private final Executor executor;
    private float[] noise = new float[0];
    private long index = NONE;
    private @Nullable FutureTask<float[]> next;
    private long expected = NONE;

    /** @param executor takes every draw that is expected, though it may never come to it */
    NoiseAhead(Source source, Executor executor) {
        this.source = source;
        this.executor = executor;
    }

    /**
     * Returns a draw of the source, which stays as it is until another one is asked for.
     *
     * @param wanted its index
     * @param following the index of the one that is likely to be wanted next, or {@link #NONE}
     * @param length how many numbers a latent has
     */
    float[] draw(long wanted, long following, int length) {
        if (wanted == index && noise.length == length) {
            return noise;
        }
        float[] last = noise.length == length ? noise : new float[length];
        float[] made = expectedOne(wanted);
        if (made == null || made.length != length) {
            made = new float[length];
            source.draw(wanted, made);
        }
        noise = made;
        index = wanted;
        expect(following, last);
        return made;
    }

    /** Returns the draw that was expected, once it is made, or null if another one was. */
    private float @Nullable [] expectedOne(long wanted) {
        FutureTask<float[]> task = next;
        next = null;
        if (task == null) {
            return null;
        }
        if (wanted != expected) {
            task.cancel(false);
            return null;
        }
        task.run(); // does nothing where another thread has begun with it
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException e) {
            return null; // what made it fail meets this thread as well, or has passed
        }
    }

    private void expect(long following, float[] into) {
        expected = following;
        if (following != NONE) {
            FutureTask<float[]> task = new FutureTask<>(() -> source.draw(following, into), into);
            next = task;
            executor.execute(task);
        }
    }
}
