package dev.darkroom.diffusion;

/**
 * Classifier-free guidance (Ho and Salimans, 2022): how the network's answers to the positive and to the negative prompt
 * become one. What else shapes an answer with both at hand (sharpness, guidance that changes on the way) belongs here.
 *
 * @param scale how far to go from the negative answer towards the positive one, and beyond; 1 needs no negative answer
 * @param rescale from 0 to 1: how much of the contrast that guidance adds is taken back, by giving the result the
 *     positive answer's standard deviation (Lin et al. 2023, section 3.4)
 */
public record Guidance(double scale, double rescale) {

    /** Fooocus takes scales this close to 1 for 1. */
    private static final double TOLERANCE = 1e-4;

    /** @throws IllegalArgumentException if a number is out of range */
    public Guidance {
        if (!Double.isFinite(scale) || !(rescale >= 0 && rescale <= 1)) {
            throw new IllegalArgumentException(
                    "guidance needs a scale and a rescale from 0 to 1, not %s and %s".formatted(scale, rescale));
        }
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
     * Combines two answers.
     *
     * @param positive the network's output for the positive prompt; overwritten with the result
     * @param negative the network's output for the negative prompt
     */
    void combine(float[] positive, float[] negative) {
        if (rescale == 0) {
            LinearCombination.of(positive, scale, positive, 1 - scale, negative);
            return;
        }
        double before = deviation(positive);
        LinearCombination.of(positive, scale, positive, 1 - scale, negative);
        double after = deviation(positive);
        if (after > 0) {
            LinearCombination.of(positive, rescale * before / after + 1 - rescale, positive);
        }
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
