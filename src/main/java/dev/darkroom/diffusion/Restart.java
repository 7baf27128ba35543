package dev.darkroom.diffusion;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Restart sampling (Xu et al., "Restart Sampling for Improving Generative Processes", 2023, algorithm 1) with steps of
 * {@link Heun}: after the walk has come down to sigma 0.1, fresh noise takes it back up to sigma 2, and it comes down
 * again. From 20 steps on, 9 of them go to one such restart; from 36 on, a quarter of them to each of two. Then the levels
 * are Karras' between the schedule's ends, as in Fooocus; with fewer steps there is no restart, and the schedule stands.
 *
 * <p>The list of levels holds pairs: where each step starts, and where it ends.
 */
final class Restart extends Heun {

    private static final double LOW = 0.1;
    private static final double HIGH = 2;
    private static final int FEWEST_STEPS = 20;
    private static final int FEWEST_FOR_TWO = 36;
    private static final int STEPS_OF_ONE = 9;

    private static final int NOISE = 0;

    Restart(SamplerInputs inputs) {
        super(inputs);
    }

    /** Returns pairs of levels made of a schedule: as many steps, but some of them in restarts. */
    static double[] pairs(double[] sigmas, NoiseSchedule noise) {
        int steps = sigmas.length - 1;
        List<Double> pairs = new ArrayList<>();
        if (steps < FEWEST_STEPS) {
            walk(pairs, sigmas);
            return toArray(pairs);
        }
        int restarts = steps < FEWEST_FOR_TWO ? 1 : 2;
        int restartSteps = steps < FEWEST_FOR_TWO ? STEPS_OF_ONE : steps / 4;
        double[] main = main(sigmas, steps - restarts * restartSteps, noise);
        int low = nearest(main, LOW);
        int high = nearest(main, HIGH);
        if (low <= high) {
            walk(pairs, sigmas);
            return toArray(pairs);
        }
        double[] again = SigmaCurve.karras(main[high], main[low], restartSteps + 1);
        again[restartSteps] = main[low];
        walk(pairs, Arrays.copyOf(main, low + 1));
        for (int i = 0; i < restarts; i++) {
            walk(pairs, again);
        }
        walk(pairs, Arrays.copyOfRange(main, low, main.length));
        return toArray(pairs);
    }

    private static double[] main(double[] sigmas, int steps, NoiseSchedule noise) {
        double lowest = sigmas[sigmas.length - 2];
        double[] levels = new double[steps + 1];
        int lead = noise.startsFromPureNoise(sigmas) ? 1 : 0;
        levels[0] = sigmas[0];
        System.arraycopy(SigmaCurve.karras(sigmas[lead], lowest, steps - lead), 0, levels, lead, steps - lead);
        return levels;
    }

    /** Returns the index of the level above 0 that is nearest. */
    private static int nearest(double[] levels, double wanted) {
        int best = 0;
        for (int i = 1; i < levels.length - 1; i++) {
            if (Math.abs(levels[i] - wanted) < Math.abs(levels[best] - wanted)) {
                best = i;
            }
        }
        return best;
    }

    private static void walk(List<Double> pairs, double[] levels) {
        for (int i = 0; i + 1 < levels.length; i++) {
            pairs.add(levels[i]);
            pairs.add(levels[i + 1]);
        }
    }

    private static double[] toArray(List<Double> pairs) {
        return pairs.stream().mapToDouble(Double::doubleValue).toArray();
    }

    @Override
    public int steps() {
        return levels() / 2;
    }

    @Override
    double sigma() {
        return level(2 * step());
    }

    @Override
    double nextSigma() {
        return level(2 * step() + 1);
    }

    @Override
    boolean drawsNext() {
        return false; // it draws at restarts alone
    }

    @Override
    void move(float[] denoised) {
        super.move(denoised);
        if (step() + 1 == steps()) {
            return;
        }
        double reached = nextSigma();
        double next = level(2 * step() + 2);
        if (next > reached) {
            draw(0, memory(NOISE));
            double up = Math.sqrt((next - reached) * (next + reached));
            LinearCombination.of(latent(), 1, latent(), up, memory(NOISE));
        }
    }
}
