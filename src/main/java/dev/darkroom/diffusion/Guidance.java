package dev.darkroom.diffusion;

/**
 * Classifier-free guidance (Ho and Salimans, 2022): how the network's answers to the positive and to the negative prompt
 * become one, and what else shapes an answer with both at hand. How far the picture has come, from 0 in pure noise to 1,
 * is what is left of the timestep: {@code 1 - timestep / last timestep}. Levels beyond the last timestep count as it.
 *
 * @param scale how far to go from the negative answer towards the positive one, and beyond; 1 needs no negative answer
 * @param rescale from 0 to 1: how much of the contrast that guidance adds is taken back, by giving the result the
 *     positive answer's standard deviation (Lin et al. 2023, section 3.4)
 * @param adaptive a larger scale is reached only on the way: it rises from this one in pure noise to {@code scale} at the
 *     end, which keeps early steps from burning out (Fooocus' adaptive CFG)
 * @param sharpness how much of the positive answer is replaced by an edge-preserving blur of it, in thousandths at the
 *     end and nothing in pure noise (Fooocus' sharpness): guidance then amplifies what is left, so that texture stays
 */
public record Guidance(double scale, double rescale, double adaptive, double sharpness) {

    /** Fooocus takes scales this close to 1 for 1. */
    private static final double TOLERANCE = 1e-4;

    private static final double SHARPNESS_UNIT = 0.001;

    /** @throws IllegalArgumentException if a number is out of range */
    public Guidance {
        if (!Double.isFinite(scale) || !(rescale >= 0 && rescale <= 1)) {
            throw new IllegalArgumentException(
                    "guidance needs a scale and a rescale from 0 to 1, not %s and %s".formatted(scale, rescale));
        }
        if (Double.isNaN(adaptive) || !(sharpness >= 0 && sharpness <= 1 / SHARPNESS_UNIT)) {
            throw new IllegalArgumentException(
                    "guidance needs an adaptive scale and a sharpness from 0 to 1000, not %s and %s"
                            .formatted(adaptive, sharpness));
        }
    }

    /** Makes guidance that is the same at every step, and leaves the positive answer as it is. */
    public Guidance(double scale, double rescale) {
        this(scale, rescale, Double.POSITIVE_INFINITY, 0);
    }

    /** Returns guidance that is not rescaled. */
    public static Guidance of(double scale) {
        return new Guidance(scale, 0);
    }

    /** Tells whether the negative prompt has any effect. */
    public boolean needsNegative() {
        return Math.abs(scale - 1) >= TOLERANCE;
    }

    /**
     * Returns the scale that applies when the picture has come so far.
     *
     * @param progress from 0 to 1
     */
    double scaleAt(double progress) {
        return scale > adaptive ? adaptive + (scale - adaptive) * within(progress) : scale;
    }

    /**
     * Returns the share of the positive answer that its blur takes.
     *
     * @param progress from 0 to 1
     */
    double blurAt(double progress) {
        return SHARPNESS_UNIT * sharpness * within(progress);
    }

    private static double within(double progress) {
        return Math.max(0, Math.min(progress, 1));
    }

    /**
     * Combines two answers and makes the estimate of the clean latent of them.
     *
     * @param positive the network's output for the positive prompt; overwritten with the estimate
     * @param negative the network's output for the negative prompt
     * @param progress from 0 to 1
     * @param latent what the network was asked about
     * @param wrapped how latent and answer make the estimate
     */
    void estimate(float[] positive, float[] negative, double progress, float[] latent, Preconditioning wrapped) {
        double applied = scaleAt(progress);
        if (rescale > 0) {
            double before = deviation(positive);
            LinearCombination.of(positive, applied, positive, 1 - applied, negative);
            double after = deviation(positive);
            double factor = after > 0 ? rescale * before / after + 1 - rescale : 1;
            LinearCombination.of(positive, wrapped.skip(), latent, wrapped.output() * factor, positive);
            return;
        }
        double output = wrapped.output();
        LinearCombination.of(
                positive, wrapped.skip(), latent, output * applied, positive, output * (1 - applied), negative);
    }

    private static double deviation(float[] values) {
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            sum += value;
            squares += (double) value * value;
        }
        double mean = sum / values.length;
        return Math.sqrt(Math.max(0, squares / values.length - mean * mean));
    }
}
