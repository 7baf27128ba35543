package dev.darkroom.diffusion;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/**
 * At which noise levels the steps are taken.
 *
 * <p>A model's {@code timestep_spacing} matters to two of them. {@code ddim_uniform} is diffusers' {@code leading}
 * spacing with the model's offset, and {@code normal} spaces timesteps evenly with both ends included; where the model
 * says {@code trailing}, or its schedule ends in pure noise, both are counted down from the last timestep instead (Lin
 * et al. 2023, table 2). {@code simple} and {@code sgm_uniform} always are. {@code karras} and {@code exponential}
 * follow from the noise levels alone.
 *
 * <p>Where the schedule ends in pure noise, {@code karras} and {@code exponential} would spend most of their steps at
 * noise levels in the hundreds, where there is nothing to see. There the first step leaves pure noise, and the curve
 * covers the others, from the level at which trailing spacing makes its second step.
 */
public enum SigmaSchedule {
    /** Evenly spaced timesteps, first and last included. */
    NORMAL("normal") {
        @Override
        double[] levels(NoiseSchedule noise, int steps) {
            return noise.countsFromTheEnd()
                    ? trailing(noise, steps)
                    : evenTimesteps(noise, steps, Math.max(steps - 1, 1));
        }
    },
    /** Karras et al. 2022, equation 5, with rho 7. */
    KARRAS("karras") {
        @Override
        double[] levels(NoiseSchedule noise, int steps) {
            return curve(noise, steps, SigmaSchedule::karrasLevels);
        }
    },
    /** Evenly spaced logarithms of noise levels. */
    EXPONENTIAL("exponential") {
        @Override
        double[] levels(NoiseSchedule noise, int steps) {
            return curve(noise, steps, SigmaSchedule::exponentialLevels);
        }
    },
    /** Evenly spaced timesteps, the last left out, as in Stability AI's generative-models. */
    SGM_UNIFORM("sgm_uniform") {
        @Override
        double[] levels(NoiseSchedule noise, int steps) {
            return evenTimesteps(noise, steps, steps);
        }
    },
    /** Every so many entries of the table, from its end. */
    SIMPLE("simple") {
        @Override
        double[] levels(NoiseSchedule noise, int steps) {
            int last = noise.length() - 1;
            double stride = (double) noise.length() / steps;
            return fill(steps, i -> noise.sigma(last - (int) (i * stride)));
        }
    },
    /** The timesteps of the DDIM paper (Song et al. 2020): multiples of a whole stride, plus the model's offset. */
    DDIM_UNIFORM("ddim_uniform") {
        @Override
        double[] levels(NoiseSchedule noise, int steps) {
            if (noise.countsFromTheEnd()) {
                return trailing(noise, steps);
            }
            int stride = noise.length() / steps;
            int offset = Math.min(noise.stepsOffset(), noise.length() - 1 - (steps - 1) * stride);
            return fill(steps, i -> noise.sigma((steps - 1 - i) * stride + offset));
        }
    };

    private static final double KARRAS_RHO = 7;

    private final String fooocusName;

    SigmaSchedule(String fooocusName) {
        this.fooocusName = fooocusName;
    }

    /** Returns Fooocus' name. */
    public String fooocusName() {
        return fooocusName;
    }

    /** Returns Fooocus' names of all. */
    public static List<String> names() {
        return Stream.of(values()).map(SigmaSchedule::fooocusName).toList();
    }

    /**
     * Returns the schedule of a name.
     *
     * @throws IllegalArgumentException if there is none; the message lists the known ones
     */
    public static SigmaSchedule named(String name) {
        return Stream.of(values())
                .filter(schedule -> schedule.fooocusName.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown scheduler " + name + "; known are " + String.join(", ", names())));
    }

    /**
     * Returns the noise levels between which the steps lead, falling, the last one 0.
     *
     * @param steps from 1 to the number of training timesteps
     * @return {@code steps + 1} sigmas
     * @throws IllegalArgumentException if there are too few or too many steps
     */
    public double[] sigmas(NoiseSchedule noise, int steps) {
        if (steps < 1 || steps > noise.length()) {
            throw new IllegalArgumentException("steps must be 1 to %d, not %d".formatted(noise.length(), steps));
        }
        return Arrays.copyOf(levels(noise, steps), steps + 1);
    }

    /** Returns as many falling noise levels as there are steps. */
    abstract double[] levels(NoiseSchedule noise, int steps);

    private static double[] fill(int steps, IntToDoubleFunction level) {
        double[] levels = new double[steps];
        Arrays.setAll(levels, level);
        return levels;
    }

    private static double[] evenTimesteps(NoiseSchedule noise, int steps, int intervals) {
        double last = noise.length() - 1.0;
        return fill(steps, i -> noise.sigma(last - last * i / intervals));
    }

    private static double[] trailing(NoiseSchedule noise, int steps) {
        return fill(steps, i -> noise.sigma(trailingTimestep(noise, steps, i)));
    }

    private static double trailingTimestep(NoiseSchedule noise, int steps, int i) {
        return Math.rint(noise.length() - (double) noise.length() * i / steps) - 1;
    }

    private interface Curve {
        double[] levels(double highest, double lowest, int steps);
    }

    private static double[] curve(NoiseSchedule noise, int steps, Curve curve) {
        if (!noise.endsInPureNoise() || steps == 1) {
            return curve.levels(noise.highestSigma(), noise.lowestSigma(), steps);
        }
        double second = noise.sigma(trailingTimestep(noise, steps, 1));
        double[] rest = curve.levels(second, noise.lowestSigma(), steps - 1);
        return fill(steps, i -> i == 0 ? noise.highestSigma() : rest[i - 1]);
    }

    private static double[] karrasLevels(double highest, double lowest, int steps) {
        double from = StrictMath.pow(highest, 1 / KARRAS_RHO);
        double to = StrictMath.pow(lowest, 1 / KARRAS_RHO);
        double[] levels = fill(steps, i -> StrictMath.pow(from + (to - from) * i / Math.max(steps - 1, 1), KARRAS_RHO));
        levels[0] = highest; // the power's rounding must not leave the table
        return levels;
    }

    private static double[] exponentialLevels(double highest, double lowest, int steps) {
        double from = StrictMath.log(highest);
        double to = StrictMath.log(lowest);
        double[] levels = fill(steps, i -> StrictMath.exp(from + (to - from) * i / Math.max(steps - 1, 1)));
        levels[0] = highest;
        return levels;
    }
}
