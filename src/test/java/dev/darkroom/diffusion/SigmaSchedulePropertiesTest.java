package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.darkroom.model.EdmRange;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What holds for every schedule on any model, tried with random ones; the seed is in every message. Not with jqwik, whose
 * releases for Java 17 are built for JUnit Platform 1, while these tests run on 6.
 */
class SigmaSchedulePropertiesTest {

    private static final int TRIALS = 400;

    /** A model and a number of steps. */
    private record Trial(TrainingSchedule training, Prediction prediction, int steps, int nativeSize) {

        NoiseSchedule noise() {
            return new NoiseSchedule(training, prediction);
        }

        static Trial of(Random random) {
            int trainSteps = 3 + random.nextInt(random.nextBoolean() ? 60 : 2000);
            double start = Math.pow(10, -5 + 3 * random.nextDouble());
            double end = start + (0.9 - start) * Math.pow(random.nextDouble(), 4);
            // sigma is to stay below what a double and a float tell apart from infinity
            end = Math.max(start, Math.min(end, 20.0 / trainSteps));
            EdmRange edm = random.nextInt(4) > 0
                    ? null
                    : new EdmRange(0.002, 1 + 200 * random.nextDouble(), random.nextDouble() + 0.1);
            TrainingSchedule training = new TrainingSchedule(
                    trainSteps,
                    start,
                    end,
                    random.nextBoolean() ? "scaled_linear" : "linear",
                    edm == null && random.nextBoolean(),
                    new String[] {"leading", "linspace", "trailing"}[random.nextInt(3)],
                    random.nextInt(2),
                    edm);
            Prediction prediction = Prediction.values()[random.nextInt(Prediction.values().length)];
            int most = new NoiseSchedule(training, prediction).length();
            int steps = 1 + random.nextInt(random.nextBoolean() ? Math.min(most, 40) : most);
            return new Trial(training, prediction, steps, random.nextBoolean() ? 512 : 1024);
        }
    }

    @ParameterizedTest
    @EnumSource
    void levelsFallToZeroWithinTheModelsRange(SigmaSchedule schedule) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        boolean ownRange = schedule == SigmaSchedule.EDM_PLAYGROUND;
        for (int i = 0; i < TRIALS; i++) {
            Trial trial = Trial.of(random);
            NoiseSchedule noise = trial.noise();
            String what = "seed %d, trial %d: %s".formatted(seed, i, trial);
            double[] sigmas = schedule.sigmas(noise, trial.steps(), trial.nativeSize());
            assertThat(sigmas).as(what).hasSize(trial.steps() + 1).endsWith(0);
            double highest = ownRange ? Math.max(120 / noise.unit(), noise.highestSigma()) : noise.highestSigma();
            double lowest = ownRange ? Math.min(0.002 / noise.unit(), noise.lowestSigma()) : noise.lowestSigma();
            assertThat(sigmas[0]).as(what).isLessThanOrEqualTo(highest);
            // raising to a power and back may leave the last digits behind
            assertThat(sigmas[trial.steps() - 1]).as(what).isGreaterThan(lowest * (1 - 1e-12));
            for (int step = 0; step < trial.steps(); step++) {
                assertThat(sigmas[step + 1]).as(what).isLessThan(sigmas[step]);
            }
            if (startsAtTheTop(schedule, noise)) {
                assertThat(sigmas[0]).as(what).isCloseTo(noise.highestSigma(), withinPercentage(1e-10));
            }
            if (noise.endsInPureNoise()) {
                assertThat(sigmas[0]).as(what).isEqualTo(noise.highestSigma());
            }
        }
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

    @ParameterizedTest
    @EnumSource
    void partOfADenoiseIsTheEndOfALongerSchedule(SigmaSchedule schedule) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < TRIALS / 10; i++) {
            double denoise = 0.1 + 0.9 * random.nextDouble();
            int steps = 1 + random.nextInt(20);
            boolean pure = random.nextBoolean();
            TrainingSchedule training = Goldens.training("scaled_linear", pure, "leading");
            String what = "seed %d, trial %d: %d steps of %s, zero SNR %s".formatted(seed, i, steps, denoise, pure);
            SamplingPlan plan = new SamplingPlan(16, 16, "euler", schedule.fooocusName(), steps, 1);
            ModelTraits traits = Goldens.traits(Prediction.V, training, 4);
            StartLatent start = new StartLatent(new float[4 * 2 * 2], denoise);
            double[] all = schedule.sigmas(
                    new NoiseSchedule(training, Prediction.V), (int) (steps / denoise), traits.nativeSize());
            Sampler sampler = Samplers.create(plan, traits, seed, start);
            assertThat(sampler.steps()).as(what).isEqualTo(steps);
            for (int step = 0; step < steps; step++) {
                assertThat(sampler.next().sigma()).as(what).isEqualTo(all[all.length - 1 - steps + step]);
                sampler.accept(new float[4 * 2 * 2]);
            }
            assertThat(sampler.done()).as(what).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everySamplerReachesAFiniteLatentFromAnyModel(SigmaSchedule schedule) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (SamplerName sampler : Samplers.all()) {
            Trial trial = Trial.of(random);
            int most = Math.min(trial.noise().length() - 1, 50);
            if (most < 1) {
                continue;
            }
            int steps = 1 + random.nextInt(most);
            String what = "seed %d, %s, %d steps of %s".formatted(seed, sampler.id(), steps, trial);
            SamplingPlan plan = new SamplingPlan(16, 16, sampler.id(), schedule.fooocusName(), steps, 1);
            StartLatent start =
                    random.nextBoolean() ? null : new StartLatent(new float[4 * 2 * 2], 1 - random.nextDouble() * 0.9);
            float[] latent = AnalyticDenoiser.MIXTURE.finish(Samplers.create(
                    plan, Goldens.traits(trial.prediction(), trial.training(), 4), random.nextLong(), start));
            for (float value : latent) {
                assertThat(value).as(what).isFinite();
            }
        }
    }
}
