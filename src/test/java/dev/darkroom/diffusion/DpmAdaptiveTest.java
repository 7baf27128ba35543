package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DpmAdaptiveTest {

    private static Sampler adaptive(int steps) {
        return Samplers.create(new SamplingPlan(64, 64, "dpm_adaptive", "karras", steps, 1), Goldens.traits(), 4);
    }

    @Test
    void callsAreBoundedEvenIfNoTwoEstimatesAgree() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Sampler sampler = adaptive(20);
        float[] estimate = new float[sampler.latent().length];
        int calls = 0;
        int step = 0;
        while (!sampler.done()) {
            for (int i = 0; i < estimate.length; i++) {
                estimate[i] = (float) random.nextGaussian() * 30;
            }
            sampler.accept(estimate);
            assertThat(sampler.step()).as("seed %d", seed).isGreaterThanOrEqualTo(step);
            step = sampler.step();
            calls++;
        }
        assertThat(calls)
                .as("seed %d", seed)
                .isBetween(2 * DpmAdaptive.MOST_ATTEMPTS, 3 * DpmAdaptive.MOST_ATTEMPTS + 1);
    }

    @Test
    void aSmoothProblemTakesFewCallsWhateverThePlan() {
        for (int steps : new int[] {10, 200}) {
            Sampler sampler = adaptive(steps);
            int calls = 0;
            while (!sampler.done()) {
                AnalyticDenoiser.MIXTURE.feed(sampler);
                calls++;
            }
            assertThat(calls).isBetween(15, 90);
            assertThat(sampler.step()).isEqualTo(steps);
        }
    }
}
