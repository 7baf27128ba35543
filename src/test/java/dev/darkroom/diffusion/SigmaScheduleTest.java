package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.model.Prediction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SigmaScheduleTest {

    static Stream<JsonNode> recorded() {
        return Goldens.entries("schedules");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void sigmasAreTheRecordedOnes(JsonNode entry) {
        double[] expected = Goldens.doubles(entry.get("sigmas"));
        double[] sigmas = Goldens.sigmas(entry);
        assertThat(sigmas).hasSameSizeAs(expected);
        for (int i = 0; i < sigmas.length; i++) {
            assertThat(sigmas[i]).isCloseTo(expected[i], within(1e-6 * expected[i]));
        }
    }

    @ParameterizedTest
    @EnumSource
    void sigmasFallToZeroForEveryNumberOfSteps(SigmaSchedule schedule) {
        double highest = schedule == SigmaSchedule.EDM_PLAYGROUND ? 120 : 0;
        for (boolean zeroTerminalSnr : new boolean[] {false, true}) {
            for (String spacing : new String[] {"leading", "linspace", "trailing"}) {
                for (Prediction prediction : Prediction.values()) {
                    NoiseSchedule noise =
                            new NoiseSchedule(Goldens.training("scaled_linear", zeroTerminalSnr, spacing), prediction);
                    for (int steps = 1; steps <= noise.length(); steps += steps < 60 ? 1 : 37) {
                        double[] sigmas = schedule.sigmas(noise, steps, false);
                        assertThat(sigmas).hasSize(steps + 1).endsWith(0);
                        assertThat(sigmas[0]).isLessThanOrEqualTo(Math.max(noise.highestSigma(), highest));
                        for (int i = 0; i < steps; i++) {
                            assertThat(sigmas[i + 1]).isLessThan(sigmas[i]);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void whereTrainingEndsInPureNoiseTheFirstStepStartsThere(SigmaSchedule schedule) {
        NoiseSchedule noise = new NoiseSchedule(Goldens.training("scaled_linear", true, "leading"), Prediction.V);
        for (int steps : new int[] {1, 2, 8, 30}) {
            assertThat(noise.timestep(schedule.sigmas(noise, steps, false)[0])).isEqualTo(999);
        }
    }

    @Test
    void stepsOutsideTheTableAreRefused() {
        NoiseSchedule noise = new NoiseSchedule(Goldens.training("linear", false, "leading"), Prediction.V);
        for (int steps : new int[] {0, -1, 1001}) {
            assertThatThrownBy(() -> SigmaSchedule.NORMAL.sigmas(noise, steps, false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("steps must be 1 to 1000, not " + steps);
        }
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> SigmaSchedule.named("cosy"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cosy")
                .hasMessageContaining("karras, exponential");
    }
}
