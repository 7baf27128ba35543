package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.darkroom.model.EdmRange;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.util.EnumSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;

/** What holds for every schedule on any model. */
class SigmaSchedulePropertiesTest {

    private static final int MOST_STEPS = 200;

    /** Decimals of random numbers. */
    private static final int DIGITS = 6;

    /** Schedules that follow a curve between two levels, without regard to timesteps. */
    private static final Set<SigmaSchedule> CURVES =
            EnumSet.of(SigmaSchedule.KARRAS, SigmaSchedule.EXPONENTIAL, SigmaSchedule.EDM_PLAYGROUND);

    record Model(TrainingSchedule training, Prediction prediction, boolean large) {

        NoiseSchedule noise() {
            return new NoiseSchedule(training, prediction);
        }
    }

    @Provide
    static Arbitrary<SigmaSchedule> curves() {
        return Arbitraries.of(CURVES);
    }

    @Provide
    Arbitrary<Model> models() {
        return Arbitraries.oneOf(discrete(false), discrete(true), continuous());
    }

    @Provide
    Arbitrary<Model> modelsThatBeginInPureNoise() {
        return discrete(true);
    }

    private static Arbitrary<Model> discrete(boolean zeroTerminalSnr) {
        Arbitrary<Integer> lengths = Arbitraries.oneOf(
                Arbitraries.integers().between(3, 60), Arbitraries.integers().between(3, 2000), Arbitraries.just(1000));
        Arbitrary<Double> starts = numbers(-5, -2).map(exponent -> Math.pow(10, exponent));
        Arbitrary<Double> ends = numbers(0, 1).map(share -> Math.pow(share, 4));
        Arbitrary<TrainingSchedule> trainings = Combinators.combine(
                        lengths, starts, ends, Arbitraries.of("scaled_linear", "linear"), spacings(), offsets())
                .as((length, start, share, betas, spacing, offset) -> {
                    // sigma is to stay below what a double and a float tell apart from infinity
                    double end = Math.max(start, Math.min(start + (0.9 - start) * share, 20.0 / length));
                    return new TrainingSchedule(length, start, end, betas, zeroTerminalSnr, spacing, offset);
                });
        return Combinators.combine(trainings, Arbitraries.of(Prediction.class), sizes())
                .as(Model::new);
    }

    private static Arbitrary<Model> continuous() {
        Arbitrary<EdmRange> ranges = Combinators.combine(numbers(0.0005, 0.1), numbers(1, 200), numbers(0.1, 1.1))
                .as(EdmRange::new);
        return Combinators.combine(ranges, Arbitraries.integers().between(3, 1000), spacings(), offsets(), sizes())
                .as((range, length, spacing, offset, large) -> new Model(
                        new TrainingSchedule(length, 0.00085, 0.012, "scaled_linear", false, spacing, offset, range),
                        Prediction.EDM,
                        large));
    }

    private static Arbitrary<Double> numbers(double least, double most) {
        return Arbitraries.doubles().between(least, most).ofScale(DIGITS);
    }

    private static Arbitrary<String> spacings() {
        return Arbitraries.of("leading", "linspace", "trailing");
    }

    private static Arbitrary<Integer> offsets() {
        return Arbitraries.of(0, 1);
    }

    private static Arbitrary<Boolean> sizes() {
        return Arbitraries.of(false, true);
    }

    @Provide
    Arbitrary<String> samplers() {
        return Arbitraries.of(Samplers.names());
    }

    private static double[] levels(SigmaSchedule schedule, Model model, int wanted) {
        NoiseSchedule noise = model.noise();
        return schedule.sigmas(noise, Math.min(wanted, noise.length()), model.large());
    }

    @Property
    void thereIsALevelForEachStepAndTheyFallStrictlyToZero(
            @ForAll SigmaSchedule schedule,
            @ForAll("models") Model model,
            @ForAll @IntRange(min = 1, max = MOST_STEPS) int steps) {
        double[] sigmas = levels(schedule, model, steps);
        assertThat(sigmas).hasSize(Math.min(steps, model.noise().length()) + 1).endsWith(0);
        for (int step = 0; step + 1 < sigmas.length; step++) {
            assertThat(sigmas[step + 1]).as("level %d", step + 1).isLessThan(sigmas[step]);
        }
    }

    @Property
    void levelsStayWithinTheModelsOwn(
            @ForAll SigmaSchedule schedule,
            @ForAll("models") Model model,
            @ForAll @IntRange(min = 1, max = MOST_STEPS) int steps) {
        NoiseSchedule noise = model.noise();
        double[] sigmas = levels(schedule, model, steps);
        boolean ownRange = schedule == SigmaSchedule.EDM_PLAYGROUND;
        double highest = ownRange ? Math.max(120 / noise.unit(), noise.highestSigma()) : noise.highestSigma();
        double lowest = ownRange ? Math.min(0.002 / noise.unit(), noise.lowestSigma()) : noise.lowestSigma();
        assertThat(sigmas[0]).isLessThanOrEqualTo(highest);
        // raising to a power and back may leave the last digits behind
        assertThat(sigmas[sigmas.length - 2]).isGreaterThan(lowest * (1 - 1e-12));
    }

    @Property
    void theFirstStepStartsAtTheTop(
            @ForAll SigmaSchedule schedule,
            @ForAll("models") Model model,
            @ForAll @IntRange(min = 1, max = MOST_STEPS) int steps) {
        NoiseSchedule noise = model.noise();
        Assume.that(startsAtTheTop(schedule, noise));
        assertThat(levels(schedule, model, steps)[0]).isCloseTo(noise.highestSigma(), withinPercentage(1e-10));
    }

    /**
     * Optima are published for other levels, Playground's schedule has levels of its own, and DDIM's timesteps are whole
     * strides from the first one.
     */
    private static boolean startsAtTheTop(SigmaSchedule schedule, NoiseSchedule noise) {
        return switch (schedule) {
            case ALIGN_YOUR_STEPS, EDM_PLAYGROUND -> false;
            case DDIM_UNIFORM -> noise.countsFromTheEnd();
            default -> true;
        };
    }

    @Property
    void pureNoiseIsWhereEveryScheduleStarts(
            @ForAll SigmaSchedule schedule,
            @ForAll("modelsThatBeginInPureNoise") Model model,
            @ForAll @IntRange(min = 1, max = MOST_STEPS) int steps) {
        NoiseSchedule noise = model.noise();
        double[] sigmas = levels(schedule, model, steps);
        assertThat(sigmas[0]).isEqualTo(noise.highestSigma()).isFinite();
        assertThat(noise.timestep(sigmas[0])).isEqualTo(noise.length() - 1.0);
    }

    @Property
    void aCurveLeavesPureNoiseInOneStep(
            @ForAll("curves") SigmaSchedule schedule,
            @ForAll("modelsThatBeginInPureNoise") Model model,
            @ForAll @IntRange(min = 2, max = MOST_STEPS) int steps) {
        NoiseSchedule noise = model.noise();
        assertThat(levels(schedule, model, steps)[1]).isLessThanOrEqualTo(noise.sigma(noise.length() - 2));
    }

    @Property
    void timestepsFallWithTheLevels(
            @ForAll SigmaSchedule schedule,
            @ForAll("models") Model model,
            @ForAll @IntRange(min = 1, max = MOST_STEPS) int steps) {
        NoiseSchedule noise = model.noise();
        double[] sigmas = levels(schedule, model, steps);
        double before = Double.MAX_VALUE;
        for (int step = 0; step + 1 < sigmas.length; step++) {
            double timestep = noise.timestep(sigmas[step]);
            assertThat(timestep).as("timestep %d", step).isLessThanOrEqualTo(before);
            if (model.training().edm() == null) {
                assertThat(timestep).as("timestep %d", step).isBetween(0.0, noise.length() - 1.0);
            }
            before = timestep;
        }
    }

    @Property
    void timestepsAndLevelsAreInversesOfEachOther(
            @ForAll("models") Model model, @ForAll @Scale(DIGITS) @DoubleRange(min = 0, max = 1) double share) {
        NoiseSchedule noise = model.noise();
        double timestep = share * (noise.length() - 1);
        assertThat(noise.timestep(noise.sigma(timestep))).isCloseTo(timestep, within(1e-6));
    }

    @Property(tries = 300)
    void stepsThatTheModelHasNotAreRefused(
            @ForAll SigmaSchedule schedule,
            @ForAll("models") Model model,
            @ForAll @IntRange(min = 1, max = MOST_STEPS) int beyond) {
        NoiseSchedule noise = model.noise();
        for (int steps : new int[] {noise.length() + beyond, 1 - beyond}) {
            assertThatThrownBy(() -> schedule.sigmas(noise, steps, model.large()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("steps must be 1 to %d, not %d".formatted(noise.length(), steps));
        }
    }

    @Property(tries = 300)
    void partOfADenoiseIsTheEndOfALongerSchedule(
            @ForAll SigmaSchedule schedule,
            @ForAll @IntRange(min = 1, max = 90) int steps,
            @ForAll @Scale(DIGITS) @DoubleRange(min = 0.1, max = 1) double denoise,
            @ForAll boolean pure) {
        TrainingSchedule training = Goldens.training("scaled_linear", pure, "leading");
        ModelTraits traits = Goldens.traits(Prediction.V, training, 4);
        SamplingPlan plan = new SamplingPlan(16, 16, "euler", schedule.fooocusName(), steps, 1);
        double[] all = schedule.sigmas(new NoiseSchedule(training, Prediction.V), (int) (steps / denoise), false);
        Sampler sampler = Samplers.create(plan, traits, 7, new StartLatent(new float[4 * 2 * 2], denoise));
        assertThat(sampler.steps()).isEqualTo(steps);
        for (int step = 0; step < steps; step++) {
            assertThat(sampler.next().sigma()).as("step %d", step).isEqualTo(all[all.length - 1 - steps + step]);
            sampler.accept(new float[4 * 2 * 2]);
        }
        assertThat(sampler.done()).isTrue();
    }

    @Property
    void everySamplerReachesAFiniteLatentFromAnyModel(
            @ForAll("samplers") String sampler,
            @ForAll SigmaSchedule schedule,
            @ForAll("models") Model model,
            @ForAll @IntRange(min = 1, max = 50) int steps,
            @ForAll @Scale(DIGITS) @DoubleRange(min = 0.1, max = 1) double denoise,
            @ForAll long seed) {
        int most = model.noise().length() - 1;
        Assume.that(most > 0);
        SamplingPlan plan = new SamplingPlan(16, 16, sampler, schedule.fooocusName(), Math.min(steps, most), 1);
        StartLatent start = denoise == 1 ? null : new StartLatent(new float[4 * 2 * 2], denoise);
        float[] latent = AnalyticDenoiser.MIXTURE.finish(
                Samplers.create(plan, Goldens.traits(model.prediction(), model.training(), 4), seed, start));
        for (float value : latent) {
            assertThat(value).isFinite();
        }
    }
}
