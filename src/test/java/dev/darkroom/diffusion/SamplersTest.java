package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SamplersTest {

    private static SamplingPlan plan(String sampler, String schedule, int steps) {
        return new SamplingPlan(64, 64, sampler, schedule, steps, 4);
    }

    @Test
    void theStockDefaultsOfFooocusCanBeMade() {
        assertThat(Samplers.names()).contains("dpmpp_2m_sde_gpu");
        assertThat(Samplers.schedules()).contains("karras");
        assertThat(Samplers.create(plan("dpmpp_2m_sde_gpu", "karras", 30), Goldens.traits(), 1)
                        .steps())
                .isEqualTo(30);
    }

    @Test
    void anUnknownNameListsTheKnownOnes() {
        assertThatThrownBy(() -> Samplers.create(plan("magic", "karras", 3), Goldens.traits(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown sampler magic; known are euler, euler_ancestral, heun");
        assertThatThrownBy(() -> Samplers.create(plan("euler", "magic", 3), Goldens.traits(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown scheduler magic; known are normal, karras");
    }

    @Test
    void sizesAndStepsThatDoNotSuitTheModelAreRefused() {
        assertThatThrownBy(
                        () -> Samplers.create(new SamplingPlan(60, 64, "euler", "normal", 3, 1), Goldens.traits(), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("width and height must be multiples of 8, not 60 and 64");
        for (int steps : new int[] {0, -3, 1000}) {
            assertThatThrownBy(() -> Samplers.create(plan("euler", "normal", steps), Goldens.traits(), 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("steps must be 1 to 999, not " + steps);
        }
    }

    @Test
    void theFirstLatentIsPyTorchsNoiseAtTheTopLevel() {
        Sampler sampler = Samplers.create(plan("euler", "karras", 3), Goldens.traits(), 99);
        float[] noise = new float[4 * 8 * 8];
        new NoiseSource(99).draw(0, noise);
        double sigma = sampler.next().sigma();
        for (int i = 0; i < noise.length; i++) {
            assertThat(sampler.latent()[i]).isCloseTo((float) (noise[i] * Math.sqrt(1 + sigma * sigma)), within(1e-4f));
        }
    }

    @Test
    void dpm2LeavesOutThePenultimateLevel() {
        Sampler euler = Samplers.create(plan("euler", "karras", 5), Goldens.traits(), 1);
        Sampler dpm2 = Samplers.create(plan("dpm_2", "karras", 4), Goldens.traits(), 1);
        for (int step = 0; step < 4; step++) {
            assertThat(dpm2.next().sigma()).isEqualTo(euler.next().sigma());
            while (dpm2.step() == step) {
                AnalyticDenoiser.MIXTURE.feed(dpm2);
            }
            AnalyticDenoiser.MIXTURE.feed(euler);
        }
        assertThat(dpm2.done()).isTrue();
    }
}
