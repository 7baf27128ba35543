package dev.darkroom.diffusion;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/** Curves of noise levels between two given ones, without regard to timesteps. */
final class SigmaCurve {

    private static final double KARRAS_RHO = 7;

    private SigmaCurve() {}

    /** Karras et al. 2022, equation 5, with rho 7. */
    static double[] karras(double highest, double lowest, int steps) {
        double from = StrictMath.pow(highest, 1 / KARRAS_RHO);
        double to = StrictMath.pow(lowest, 1 / KARRAS_RHO);
        double[] levels = fill(steps, i -> StrictMath.pow(from + (to - from) * i / Math.max(steps - 1, 1), KARRAS_RHO));
        levels[0] = highest; // the power's rounding must not leave the table
        return levels;
    }

    /** Evenly spaced logarithms. */
    static double[] exponential(double highest, double lowest, int steps) {
        double from = StrictMath.log(highest);
        double to = StrictMath.log(lowest);
        double[] levels = fill(steps, i -> StrictMath.exp(from + (to - from) * i / Math.max(steps - 1, 1)));
        levels[0] = highest;
        return levels;
    }

    static double[] fill(int steps, IntToDoubleFunction level) {
        double[] levels = new double[steps];
        Arrays.setAll(levels, level);
        return levels;
    }
}
