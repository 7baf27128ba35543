package dev.darkroom.diffusion;

/** Noise levels of timesteps that are spaced by a rule. Each method returns as many falling levels as there are steps. */
final class TimestepSpacing {

    /** Distilled models learned from this many of the training's timesteps. */
    private static final int DISTILLED = 50;

    /** SD Turbo was trained at every tenth of the timesteps. */
    private static final int TURBO = 10;

    private TimestepSpacing() {}

    /** Evenly spaced, first and last included, or counted from the end where the model wants that. */
    static double[] normal(NoiseSchedule noise, int steps) {
        return noise.countsFromTheEnd() ? trailing(noise, steps) : even(noise, steps, Math.max(steps - 1, 1));
    }

    /** Evenly spaced, the last left out, as in Stability AI's generative-models. */
    static double[] sgmUniform(NoiseSchedule noise, int steps) {
        return even(noise, steps, steps);
    }

    private static double[] even(NoiseSchedule noise, int steps, int intervals) {
        double last = noise.length() - 1.0;
        return SigmaCurve.fill(steps, i -> noise.sigma(last - last * i / intervals));
    }

    /** Every so many entries of the table, from its end. */
    static double[] simple(NoiseSchedule noise, int steps) {
        int last = noise.length() - 1;
        double stride = (double) noise.length() / steps;
        return SigmaCurve.fill(steps, i -> noise.sigma(last - (int) (i * stride)));
    }

    /** Multiples of a whole stride, plus the model's offset. */
    static double[] ddimUniform(NoiseSchedule noise, int steps) {
        if (noise.countsFromTheEnd()) {
            return trailing(noise, steps);
        }
        int stride = noise.length() / steps;
        int offset = Math.min(noise.stepsOffset(), noise.length() - 1 - (steps - 1) * stride);
        return SigmaCurve.fill(steps, i -> noise.sigma((steps - 1 - i) * stride + offset));
    }

    private static double[] trailing(NoiseSchedule noise, int steps) {
        return SigmaCurve.fill(steps, i -> noise.sigma(trailingTimestep(noise, steps, i)));
    }

    /** Counted down from the last timestep by a fraction of the whole (Lin et al. 2023, table 2). */
    static double trailingTimestep(NoiseSchedule noise, int steps, int i) {
        return Math.rint(noise.length() - (double) noise.length() * i / steps) - 1;
    }

    /** Tenths of the training, from its end; more than ten steps divide it evenly. */
    static double[] turbo(NoiseSchedule noise, int steps) {
        double intervals = Math.max(steps, TURBO);
        return SigmaCurve.fill(steps, i -> noise.sigma(noise.length() * (1 - i / intervals) - 1));
    }

    /**
     * {@link #sgmUniform} on the timesteps that consistency distillation learned from: every 20th of 1000, the last one
     * among them. Between two of them the logarithm of sigma is linear.
     */
    static double[] distilled(NoiseSchedule noise, int steps) {
        int known = Math.min(DISTILLED, noise.length());
        int stride = noise.length() / known;
        int last = noise.length() - 1;
        double range = (known - 1.0) * stride;
        return SigmaCurve.fill(steps, i -> {
            double back = range * i / steps;
            if (noise.endsInPureNoise()) {
                return noise.sigma(last - back);
            }
            int above = (int) (back / stride);
            double share = back / stride - above;
            double high = noise.sigma(last - above * stride);
            return share == 0 ? high : high * StrictMath.pow(noise.sigma(last - (above + 1) * stride) / high, share);
        });
    }
}
