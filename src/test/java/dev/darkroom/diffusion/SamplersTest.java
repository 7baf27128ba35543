package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.model.Family;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import java.util.Arrays;
import java.util.Objects;
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
    void allSamplersAndSchedulesOfFooocusAreThere() {
        assertThat(Samplers.names())
                .containsExactly(
                        "euler euler_ancestral heun heunpp2 dpm_2 dpm_2_ancestral lms dpm_fast dpm_adaptive dpmpp_2s_ancestral dpmpp_sde dpmpp_sde_gpu dpmpp_2m dpmpp_2m_sde dpmpp_2m_sde_gpu dpmpp_3m_sde dpmpp_3m_sde_gpu ddpm lcm tcd restart ddim uni_pc uni_pc_bh2"
                                .split(" "));
        assertThat(Samplers.schedules())
                .containsExactly(
                        "normal karras exponential sgm_uniform simple ddim_uniform lcm turbo align_your_steps tcd edm_playground_v2.5"
                                .split(" "));
    }

    @Test
    void alignedStepsFollowTheFamilyRatherThanTheSizeOfPictures() {
        assertThat(secondAlignedLevel(Family.STABLE_DIFFUSION_XL, 512)).isCloseTo(6.315, within(0.01));
        assertThat(secondAlignedLevel(Family.STABLE_DIFFUSION_1, 1024)).isCloseTo(6.475, within(0.01));
        assertThat(secondAlignedLevel(Family.OTHER, 1024)).isCloseTo(6.315, within(0.01));
        assertThat(secondAlignedLevel(Family.OTHER, 512)).isCloseTo(6.475, within(0.01));
    }

    private static double secondAlignedLevel(Family family, int side) {
        ModelTraits traits = new ModelTraits(
                "test",
                "hash",
                4,
                8,
                8,
                side,
                Prediction.EPSILON,
                Goldens.training("scaled_linear", false, "leading"),
                ModelDefaults.NONE,
                family,
                12,
                false);
        Sampler sampler = Samplers.create(plan("euler", "align_your_steps", 10), traits, 1);
        sampler.accept(new float[4 * 8 * 8]);
        return sampler.next().sigma();
    }

    @Test
    void samplersHaveTheNamesOfA1111() {
        assertThat(Samplers.all())
                .contains(
                        new SamplerName("euler_ancestral", "Euler a"),
                        new SamplerName("dpmpp_2m_sde_gpu", "DPM++ 2M SDE"),
                        new SamplerName("uni_pc", "UniPC"),
                        new SamplerName("ddpm", null));
        assertThat(Samplers.all().stream().map(SamplerName::a1111).filter(Objects::nonNull))
                .hasSize(19)
                .doesNotContain("");
    }

    @Test
    void aPictureIsCoveredWithTheNoiseOfTheLevelThatItsShareStartsAt() {
        float[] picture = new float[4 * 8 * 8];
        Arrays.fill(picture, 0.25f);
        float[] kept = picture.clone();
        Sampler part = Samplers.create(plan("euler", "karras", 6), Goldens.traits(), 3, new StartLatent(picture, 0.4));
        Sampler whole = Samplers.create(plan("euler", "karras", 15), Goldens.traits(), 3);
        for (int step = 0; step < 9; step++) {
            AnalyticDenoiser.MIXTURE.feed(whole);
        }
        double sigma = part.next().sigma();
        assertThat(part.steps()).isEqualTo(6);
        assertThat(sigma).isEqualTo(whole.next().sigma());
        float[] noise = new float[picture.length];
        new NoiseSource(3).draw(0, noise);
        for (int i = 0; i < noise.length; i++) {
            assertThat(part.latent()[i]).isCloseTo((float) (0.25 + sigma * noise[i]), within(1e-5f));
        }
        assertThat(picture).isEqualTo(kept);
    }

    @Test
    void theWholeScheduleIsSampledWhereNothingOfThePictureIsToStay() {
        Sampler sampler = Samplers.create(
                plan("heun", "normal", 7), Goldens.traits(), 3, new StartLatent(new float[4 * 8 * 8], 1));
        assertThat(sampler.steps()).isEqualTo(7);
        assertThat(sampler.next().sigma())
                .isEqualTo(Samplers.create(plan("heun", "normal", 7), Goldens.traits(), 3)
                        .next()
                        .sigma());
    }

    @Test
    void aSmallShareOfManyStepsTakesFewerStepsAndKeepsToTheShare() {
        StartLatent start = new StartLatent(new float[4 * 8 * 8], 0.01);
        for (String name : Samplers.names()) {
            Sampler sampler = Samplers.create(plan(name, "sgm_uniform", 60), Goldens.traits(), 3, start);
            assertThat(sampler.steps()).isEqualTo(9);
            assertThat(sampler.next().timestep()).isBetween(7.0, 11.0);
            AnalyticDenoiser.MIXTURE.finish(sampler);
        }
    }

    @Test
    void aLatentOrShareThatDoesNotFitIsRefused() {
        for (double share : new double[] {0, -0.5, 1.01, Double.NaN}) {
            assertThatThrownBy(() -> new StartLatent(new float[4], share))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("denoise");
        }
        StartLatent small = new StartLatent(new float[7], 0.5);
        assertThatThrownBy(() -> Samplers.create(plan("euler", "normal", 3), Goldens.traits(), 1, small))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a latent to start from has 7 numbers; 256 are needed");
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
