package dev.darkroom.diffusion;

/** The noise that a sampler draws after the first; a function of the image alone, whatever shares its batch. */
interface SamplerNoise {

    /**
     * Fills an array with normal numbers of mean 0 and variance 1, independent of those of any other index.
     *
     * @param index from 1
     * @param following the index that is likely to be asked for next, or {@link NoiseAhead#NONE}
     */
    void fresh(int index, int following, float[] into);

    /**
     * Fills an array with {@code (W(from) - W(to)) / sqrt(from - to)}, where W is the image's one Brownian path over sigma.
     *
     * @param from a noise level
     * @param to a lower one
     */
    void increment(double from, double to, float[] into);
}
