package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.model.EdmRange;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NoiseScheduleTest {

    private final NoiseSchedule plain =
            new NoiseSchedule(Goldens.training("scaled_linear", false, "leading"), Prediction.EPSILON);
    private final TrainingSchedule zero = Goldens.training("scaled_linear", true, "trailing");

    @Test
    void theSigmasOfStableDiffusionAreTheKnownOnes() {
        assertThat(plain.lowestSigma()).isCloseTo(0.0291672, within(1e-6));
        assertThat(plain.highestSigma()).isCloseTo(14.6146, within(1e-3));
        assertThat(plain.length()).isEqualTo(1000);
    }

    @Test
    void timestepsAndSigmasAreInversesOfEachOther() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (NoiseSchedule schedule : new NoiseSchedule[] {plain, new NoiseSchedule(zero, Prediction.V)}) {
            for (int i = 0; i < 1000; i++) {
                double t = random.nextDouble() * 999;
                assertThat(schedule.timestep(schedule.sigma(t)))
                        .as("seed %d", seed)
                        .isCloseTo(t, within(1e-8));
            }
            for (int t = 0; t < 1000; t++) {
                assertThat(schedule.timestep(schedule.sigma(t))).isEqualTo(t);
            }
        }
    }

    @Test
    void whatLiesOutsideTheTableIsHeldWithinIt() {
        assertThat(plain.sigma(-5)).isEqualTo(plain.lowestSigma());
        assertThat(plain.sigma(5000)).isEqualTo(plain.highestSigma());
        assertThat(plain.timestep(1e-9)).isZero();
        assertThat(plain.timestep(1e9)).isEqualTo(999);
    }

    @Test
    void zeroTerminalSnrEndsInWhatAFloatTakesForPureNoise() {
        NoiseSchedule schedule = new NoiseSchedule(zero, Prediction.V);
        assertThat(schedule.highestSigma()).isCloseTo(4096, within(1e-3));
        assertThat(schedule.timestep(schedule.highestSigma())).isEqualTo(999);
        assertThat(schedule.lowestSigma()).isCloseTo(plain.lowestSigma(), within(1e-9));
        Preconditioning top = Preconditioning.of(Prediction.V, schedule.highestSigma());
        assertThat(top.output()).isCloseTo(-1, within(1e-7));
        assertThat(top.skip()).isLessThan(1e-7);
    }

    @Test
    void aModelThatPredictsNoiseIsNotAskedAboutPureNoise() {
        assertThat(new NoiseSchedule(zero, Prediction.EPSILON).length()).isEqualTo(999);
    }

    @Test
    void bothPredictionsLeadBackToTheCleanLatent() {
        double x0 = 0.7;
        double noise = -1.3;
        for (double sigma : new double[] {0.03, 1, 14.6, 4096}) {
            double x = x0 + sigma * noise;
            double a = 1 / Math.sqrt(1 + sigma * sigma);
            double velocity = a * noise - sigma * a * x0;
            Preconditioning v = Preconditioning.of(Prediction.V, sigma);
            Preconditioning epsilon = Preconditioning.of(Prediction.EPSILON, sigma);
            assertThat(v.skip() * x + v.output() * velocity).isCloseTo(x0, within(1e-9));
            assertThat(epsilon.skip() * x + epsilon.output() * noise).isCloseTo(x0, within(1e-9));
            assertThat(v.input() * x).isCloseTo(a * x0 + sigma * a * noise, within(1e-12));
        }
    }

    @Test
    void continuousLevelsAreKeptInUnitsOfTheCleanLatent() {
        EdmRange playground = new EdmRange(0.002, 80, 0.5);
        TrainingSchedule training =
                new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "leading", 0, playground);
        NoiseSchedule schedule = new NoiseSchedule(training, Prediction.EDM);
        assertThat(schedule.lowestSigma()).isEqualTo(0.004);
        assertThat(schedule.highestSigma()).isCloseTo(160, within(1e-9));
        assertThat(schedule.timestep(schedule.sigma(123.25))).isCloseTo(123.25, within(1e-9));
        double[] fooocus = SigmaSchedule.EDM_PLAYGROUND.sigmas(schedule, 30, true);
        assertThat(fooocus[0]).isEqualTo(240);
        assertThat(fooocus[29]).isCloseTo(0.004, within(1e-12));
        assertThat(schedule.timestep(fooocus[0])).as("beyond the table").isGreaterThan(999);
    }

    /** Karras et al. 2022, table 1, for data of any deviation. */
    @Test
    void whatIsDividedByTheDeviationIsWrappedAsThePaperSays() {
        double data = 0.5;
        double network = 0.3;
        for (double sigma : new double[] {0.002, 0.4, 7, 80}) {
            double x = -1.7 * sigma;
            double squares = sigma * sigma + data * data;
            double denoised = data * data / squares * x + sigma * data / Math.sqrt(squares) * network;
            Preconditioning wrapped = Preconditioning.of(Prediction.EDM, sigma / data);
            assertThat(wrapped.input() * x / data).isCloseTo(x / Math.sqrt(squares), within(1e-12));
            assertThat(wrapped.skip() * x / data + wrapped.output() * network)
                    .isCloseTo(denoised / data, within(1e-12));
        }
    }

    @Test
    void aScheduleThatCannotBeComputedIsRefusedByName() {
        assertThatThrownBy(() -> new NoiseSchedule(Goldens.training("cosine", false, "leading"), Prediction.V))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cosine")
                .hasMessageContaining("scaled_linear");
        assertThatThrownBy(() -> new NoiseSchedule(
                        new TrainingSchedule(1000, 0, 0.012, "linear", false, "leading", 1), Prediction.V))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
