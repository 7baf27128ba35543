package dev.darkroom.model;

/**
 * What a model was trained on whose noise levels are continuous, as Karras et al. 2022 ("EDM") do it: the levels between
 * two ends, and a network that is told a quarter of a level's logarithm.
 *
 * <p>Darkroom keeps a latent at variance one, and levels in that unit: EDM's {@code c_in}, {@code c_skip} and {@code c_out}
 * for data of deviation {@code d} are those for deviation one, if latent, level and estimate are divided by {@code d}.
 *
 * @param lowest {@code sigma_min}, as the file states it
 * @param highest {@code sigma_max}, as the file states it
 * @param deviation {@code sigma_data}: the standard deviation of clean latents, in whose unit the others are stated
 */
public record EdmRange(double lowest, double highest, double deviation) {

    /** Returns the lowest level for clean latents of variance one. */
    public double lowestSigma() {
        return lowest / deviation;
    }

    /** Returns the highest level for clean latents of variance one. */
    public double highestSigma() {
        return highest / deviation;
    }

    /**
     * Returns what the network is told at a share of the way from the lowest level to the highest one, which is measured
     * along their logarithms: EDM's {@code c_noise}.
     *
     * @param share 0 to 1, or beyond
     */
    double told(double share) {
        double from = StrictMath.log(lowest);
        return (from + share * (StrictMath.log(highest) - from)) / 4;
    }
}
