package dev.darkroom.diffusion;

/**
 * The noise levels that Sabour, Fidler and Kreis found best for ten steps ("Align Your Steps: Optimizing Sampling
 * Schedules in Diffusion Models", 2024), as NVIDIA published them for Stable Diffusion 1.5 and XL. For another number of
 * steps the logarithms are interpolated, as the authors recommend.
 */
final class AlignYourSteps {

    private static final double[] SD1 = {14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029};
    private static final double[] XL = {14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029};

    /** The noise levels that the tables are meant for. */
    private static final NoiseSchedule STABLE_DIFFUSION = NoiseSchedule.ofStableDiffusion();

    private AlignYourSteps() {}

    /**
     * Returns as many falling levels as there are steps. A model with other noise levels takes those of the same
     * timesteps.
     *
     * @param large whether the model is one of Stable Diffusion XL's size
     */
    static double[] levels(NoiseSchedule noise, int steps, boolean large) {
        double[] table = large ? XL : SD1;
        double scale = (noise.length() - 1.0) / (STABLE_DIFFUSION.length() - 1);
        return SigmaCurve.fill(steps, i -> {
            double level = interpolated(table, (double) i * (table.length - 1) / steps);
            return noise.sigma(STABLE_DIFFUSION.timestep(level) * scale);
        });
    }

    private static double interpolated(double[] table, double position) {
        int low = (int) position;
        double share = position - low;
        return share == 0 ? table[low] : table[low] * StrictMath.pow(table[low + 1] / table[low], share);
    }
}
