package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.ModelTraits;
import dev.darkroom.testing.NullModel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is forecast of a sampler's calls is what it makes. */
final class SamplerCallsTest {

    private static final ModelTraits TRAITS = new NullModel("null", 64, 4, 0).traits();

    @ParameterizedTest
    @MethodSource("dev.darkroom.diffusion.Samplers#names")
    void eachSamplerMakesAsManyCallsAsWereForecast(String sampler) {
        for (int steps : new int[] {1, 2, 3, 7, 24, 40}) {
            int calls = calls(sampler, steps);
            if (sampler.equals("dpm_adaptive")) {
                assertThat(calls).as("it chooses its own steps").isPositive();
            } else {
                assertThat(calls).as("%d steps", steps).isEqualTo(Samplers.calls(sampler, steps));
            }
        }
        assertThat(Samplers.calls(sampler, 0)).isZero();
    }

    private static int calls(String sampler, int steps) {
        Sampler made = Samplers.create(new SamplingPlan(64, 64, sampler, "karras", steps, 1), TRAITS, 1);
        int calls = 0;
        while (!made.done()) {
            made.accept(new float[made.next().latent().length]);
            calls++;
        }
        return calls;
    }
}
