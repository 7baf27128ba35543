package dev.darkroom.diffusion;

import dev.darkroom.model.EdmRange;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.util.Arrays;

/**
 * The noise levels that a model was trained on, one per timestep, and the way between timesteps and sigmas.
 *
 * <p>Sigma is the noise's standard deviation where the clean latent has variance one and is not scaled down:
 * {@code x = x0 + sigma * noise}, so {@code sigma = sqrt((1 - a) / a)} with {@code a} the cumulative product of
 * {@code 1 - beta} (Karras et al., "Elucidating the Design Space of Diffusion-Based Generative Models", 2022).
 *
 * <p><b>Zero terminal SNR.</b> Rescaled betas (Lin et al., "Common Diffusion Noise Schedules and Sample Steps are
 * Flawed", 2023) end in {@code a = 0}: pure noise, an infinite sigma. Here {@code a} is held at 2<sup>-24</sup>, so that
 * the top sigma is 4096: the network's input then differs from pure noise by less than the precision of a float, its
 * timestep is the last one exactly, and a v-model's estimate {@code x/(sigma²+1) - v*sigma/sqrt(sigma²+1)} is {@code -v}
 * but for a 4096th of the noise. (A schedule whose last but one level is near that already ends at 1.4 times that level.) Samplers mix latents with weights that sum to one, so nothing cancels at that level. A
 * model that predicts the noise says nothing about the picture in pure noise; for one, the table ends a timestep
 * earlier.
 *
 * <p><b>Continuous levels.</b> A model that was trained as Karras et al. do it has a lowest and a highest level. The table
 * then holds as many as there are timesteps, evenly spaced along the logarithms, and levels beyond its ends have timesteps
 * beyond its ends.
 *
 * <p>Immutable.
 */
public final class NoiseSchedule {

    private static final double LOWEST_TERMINAL_ALPHA = 0x1p-24;

    private final TrainingSchedule training;
    private final double[] sigmas;
    private final double[] logSigmas;

    /**
     * @param training what {@code scheduler_config.json} says
     * @param prediction what the model predicts
     * @throws IllegalArgumentException if the schedule is not one that can be computed
     */
    public NoiseSchedule(TrainingSchedule training, Prediction prediction) {
        this.training = training;
        EdmRange edm = training.edm();
        if (edm != null) {
            // from its end
            sigmas = SigmaCurve.exponential(edm.lowestSigma(), edm.highestSigma(), training.trainSteps());
            logSigmas = new double[sigmas.length];
            Arrays.setAll(logSigmas, t -> StrictMath.log(sigmas[t]));
            return;
        }
        double[] alphas = cumulativeAlphas(training);
        int length = alphas.length;
        if (training.zeroTerminalSnr()) {
            rescaleToZeroTerminalSnr(alphas);
            if (prediction == Prediction.EPSILON) {
                length--;
            }
        }
        sigmas = new double[length];
        logSigmas = new double[length];
        for (int t = 0; t < length; t++) {
            sigmas[t] = Math.sqrt((1 - alphas[t]) / alphas[t]);
            logSigmas[t] = StrictMath.log(sigmas[t]);
        }
    }

    /** Returns the noise levels of Stable Diffusion 1.x and XL. */
    static NoiseSchedule ofStableDiffusion() {
        return new NoiseSchedule(
                new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "leading", 1), Prediction.EPSILON);
    }

    private static double[] cumulativeAlphas(TrainingSchedule training) {
        int steps = training.trainSteps();
        double start = training.betaStart();
        double end = training.betaEnd();
        if (steps < 2 || !(start > 0) || !(end >= start) || !(end < 1)) {
            throw new IllegalArgumentException(
                    "a schedule needs 2 training steps or more and 0 < beta_start <= beta_end < 1, not %d, %s, %s"
                            .formatted(steps, start, end));
        }
        boolean scaled = switch (training.betaSchedule()) {
            case "scaled_linear" -> true;
            case "linear" -> false;
            default ->
                throw new IllegalArgumentException(
                        "beta schedule " + training.betaSchedule() + " is unknown; known are scaled_linear and linear");
        };
        double[] alphas = new double[steps];
        double product = 1;
        for (int t = 0; t < steps; t++) {
            double share = (double) t / (steps - 1);
            double beta;
            if (scaled) {
                double root = Math.sqrt(start) + share * (Math.sqrt(end) - Math.sqrt(start));
                beta = root * root;
            } else {
                beta = start + share * (end - start);
            }
            product *= 1 - beta;
            alphas[t] = product;
        }
        return alphas;
    }

    /** Lin et al. 2023, algorithm 1, on the square roots of the cumulative products; the first one stays as it is. */
    private static void rescaleToZeroTerminalSnr(double[] alphas) {
        int last = alphas.length - 1;
        double first = Math.sqrt(alphas[0]);
        double terminal = Math.sqrt(alphas[last]);
        for (int t = 0; t <= last; t++) {
            double root = (Math.sqrt(alphas[t]) - terminal) * first / (first - terminal);
            alphas[t] = root * root;
        }
        alphas[last] = Math.min(LOWEST_TERMINAL_ALPHA, alphas[last - 1] / 2);
    }

    /** Returns the number of timesteps that can be sampled from; the highest is one less. */
    public int length() {
        return sigmas.length;
    }

    /** Returns the lowest noise level of training. */
    public double lowestSigma() {
        return sigmas[0];
    }

    /** Returns the highest noise level of training. */
    public double highestSigma() {
        return sigmas[sigmas.length - 1];
    }

    /** Returns the standard deviation of clean latents in the unit that the model's own levels are stated in. */
    double unit() {
        EdmRange edm = training.edm();
        return edm == null ? 1 : edm.deviation();
    }

    /** Tells whether the highest noise level stands for pure noise. */
    public boolean endsInPureNoise() {
        return training.zeroTerminalSnr();
    }

    /** Tells whether a list of noise levels starts from pure noise, and has a level to go to. */
    boolean startsFromPureNoise(double[] levels) {
        return endsInPureNoise() && levels[0] == highestSigma() && levels.length > 2;
    }

    /**
     * Tells whether evenly spaced timesteps are counted down from the last one. It is so where the model says
     * {@code trailing}, and where the last timestep is pure noise, as a schedule that leaves it out starts from a
     * picture that does not exist yet.
     */
    public boolean countsFromTheEnd() {
        return training.zeroTerminalSnr() || "trailing".equals(training.timestepSpacing());
    }

    /** Returns what {@code leading} spacing adds to timesteps. */
    public int stepsOffset() {
        return training.stepsOffset();
    }

    /**
     * Returns the noise level of a timestep, linear in the logarithm between two whole ones.
     *
     * @param timestep held within the table
     */
    public double sigma(double timestep) {
        double held = Math.min(Math.max(timestep, 0), sigmas.length - 1.0);
        int low = Math.min((int) held, sigmas.length - 2);
        double share = held - low;
        if (share == 0) {
            return sigmas[low];
        }
        if (share == 1) {
            return sigmas[low + 1];
        }
        return StrictMath.exp(logSigmas[low] + share * (logSigmas[low + 1] - logSigmas[low]));
    }

    /**
     * Returns the timestep of a noise level; the inverse of {@link #sigma}.
     *
     * @param sigma above 0; held within the table, unless the model's levels are continuous
     */
    public double timestep(double sigma) {
        if (training.edm() != null) {
            int last = sigmas.length - 1;
            return last * (StrictMath.log(sigma) - logSigmas[0]) / (logSigmas[last] - logSigmas[0]);
        }
        int found = Arrays.binarySearch(sigmas, sigma);
        if (found >= 0) {
            return found;
        }
        int high = -found - 1;
        if (high == 0) {
            return 0;
        }
        if (high == sigmas.length) {
            return sigmas.length - 1.0;
        }
        double share = (StrictMath.log(sigma) - logSigmas[high - 1]) / (logSigmas[high] - logSigmas[high - 1]);
        return high - 1 + share;
    }
}
