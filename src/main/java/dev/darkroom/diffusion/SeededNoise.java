package dev.darkroom.diffusion;

import org.jspecify.annotations.Nullable;

/** The noise that follows from an image's seed. */
final class SeededNoise implements SamplerNoise {

    private final NoiseSource source;
    private final double[] levels;
    private @Nullable BrownianPath path;

    /** @param levels the noise levels that the sampler walks down */
    SeededNoise(long seed, double[] levels) {
        this.source = new NoiseSource(seed);
        this.levels = levels;
    }

    @Override
    public void fresh(int index, float[] into) {
        source.draw(index, into);
    }

    @Override
    public void increment(double from, double to, float[] into) {
        BrownianPath made = path;
        if (made == null) {
            made = new BrownianPath(source, levels);
            path = made;
        }
        made.increment(from, to, into);
    }
}
