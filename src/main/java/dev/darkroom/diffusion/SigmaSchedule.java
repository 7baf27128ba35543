package dev.darkroom.diffusion;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * At which noise levels the steps are taken.
 *
 * <p>The names, and what they mean, are those of Fooocus. A model's {@code timestep_spacing} matters to two of them. {@code ddim_uniform} is diffusers' {@code leading}
 * spacing with the model's offset, and {@code normal} spaces timesteps evenly with both ends included; where the model
 * says {@code trailing}, or its schedule ends in pure noise, both are counted down from the last timestep instead (Lin
 * et al. 2023, table 2). {@code simple}, {@code sgm_uniform}, {@code turbo}, {@code lcm} and {@code tcd} always are. The
 * others follow from the noise levels alone.
 *
 * <p>Where the schedule ends in pure noise, a curve such as {@code karras} would spend most of its steps at noise levels
 * in the hundreds, where there is nothing to see. There the first step leaves pure noise, and the curve
 * covers the others, from the level at which trailing spacing makes its second step.
 */
public enum SigmaSchedule {
    /** Evenly spaced timesteps, first and last included. */
    NORMAL("normal") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return TimestepSpacing.normal(noise, steps);
        }
    },
    /** Karras et al. 2022, equation 5, with rho 7. */
    KARRAS("karras") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return curve(noise, steps, noise.highestSigma(), noise.lowestSigma(), SigmaCurve::karras);
        }
    },
    /** Evenly spaced logarithms of noise levels. */
    EXPONENTIAL("exponential") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return curve(noise, steps, noise.highestSigma(), noise.lowestSigma(), SigmaCurve::exponential);
        }
    },
    /** Evenly spaced timesteps, the last left out, as in Stability AI's generative-models. */
    SGM_UNIFORM("sgm_uniform") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return TimestepSpacing.sgmUniform(noise, steps);
        }
    },
    /** Every so many entries of the table, from its end. */
    SIMPLE("simple") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return TimestepSpacing.simple(noise, steps);
        }
    },
    /** The timesteps of the DDIM paper (Song et al. 2020): multiples of a whole stride, plus the model's offset. */
    DDIM_UNIFORM("ddim_uniform") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return TimestepSpacing.ddimUniform(noise, steps);
        }
    },
    /** {@link #SGM_UNIFORM} on the 50 timesteps that latent consistency distillation learns from (Luo et al. 2023). */
    LCM("lcm") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return TimestepSpacing.distilled(noise, steps);
        }
    },
    /** Tenths of the training, as SD Turbo learned from (Sauer et al. 2023). */
    TURBO("turbo") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return TimestepSpacing.turbo(noise, steps);
        }
    },
    /** Published optima (Sabour et al. 2024), one table for Stable Diffusion XL and one for the smaller ones before it. */
    ALIGN_YOUR_STEPS("align_your_steps") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return AlignYourSteps.levels(noise, steps, large);
        }
    },
    /** {@link #LCM} for trajectory consistency models, which are distilled on the same timesteps (Zheng et al. 2024). */
    TCD("tcd") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            return TimestepSpacing.distilled(noise, steps);
        }
    },
    /**
     * {@link #KARRAS} from sigma 120 to 0.002, whatever the model's own levels are; what lies outside of those is given the
     * nearest timestep, or one beyond where the model's levels are continuous.
     */
    EDM_PLAYGROUND("edm_playground_v2.5") {
        @Override
        double[] levels(NoiseSchedule noise, int steps, boolean large) {
            double lowest = Math.min(EDM_LOWEST / noise.unit(), noise.lowestSigma());
            return curve(noise, steps, EDM_HIGHEST / noise.unit(), lowest, SigmaCurve::karras);
        }
    };

    private static final double EDM_HIGHEST = 120;
    private static final double EDM_LOWEST = 0.002;

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
     * @param large whether the model is as large as Stable Diffusion XL
     * @return {@code steps + 1} sigmas
     * @throws IllegalArgumentException if there are too few or too many steps
     */
    public double[] sigmas(NoiseSchedule noise, int steps, boolean large) {
        if (steps < 1 || steps > noise.length()) {
            throw new IllegalArgumentException("steps must be 1 to %d, not %d".formatted(noise.length(), steps));
        }
        return Arrays.copyOf(levels(noise, steps, large), steps + 1);
    }

    /** Returns as many falling noise levels as there are steps. */
    abstract double[] levels(NoiseSchedule noise, int steps, boolean large);

    private interface Curve {
        double[] levels(double highest, double lowest, int steps);
    }

    private static double[] curve(NoiseSchedule noise, int steps, double highest, double lowest, Curve curve) {
        if (!noise.endsInPureNoise()) {
            return curve.levels(highest, lowest, steps);
        }
        if (steps == 1) {
            return new double[] {noise.highestSigma()};
        }
        double second = noise.sigma(TimestepSpacing.trailingTimestep(noise, steps, 1));
        double[] rest = curve.levels(second, lowest, steps - 1);
        return SigmaCurve.fill(steps, i -> i == 0 ? noise.highestSigma() : rest[i - 1]);
    }
}
