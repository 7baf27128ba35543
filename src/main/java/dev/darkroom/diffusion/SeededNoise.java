package dev.darkroom.diffusion;

import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/** The noise that follows from an image's seed. That of a later step is drawn while the network works on the one before. */
final class SeededNoise implements SamplerNoise {

    private final Executor executor;
    private final NoiseAhead.Source source;
    private final double[] levels;
    private final NoiseAhead fresh;
    private @Nullable BrownianPath path;

    /** @param levels the noise levels that the sampler walks down */
    SeededNoise(long seed, double[] levels) {
        this(seed, levels, ForkJoinPool.commonPool());
    }

    /** @param executor draws noise ahead */
    SeededNoise(long seed, double[] levels, Executor executor) {
        this.executor = executor;
        this.source = new NoiseSource(seed)::draw;
        this.levels = levels;
        this.fresh = new NoiseAhead(source, executor);
    }

    @Override
    public void fresh(int index, int following, float[] into) {
        System.arraycopy(fresh.draw(index, following, into.length), 0, into, 0, into.length);
    }

    @Override
    public void increment(double from, double to, float[] into) {
        BrownianPath made = path;
        if (made == null) {
            made = new BrownianPath(source, levels, executor);
            path = made;
        }
        made.increment(from, to, into);
    }
}
