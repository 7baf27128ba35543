package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.Guidance;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import dev.darkroom.task.TaskRequest;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RequestResolverTest {

    private static final ModelDefaults OWN =
            new ModelDefaults("small", 128, 128, "euler", "normal", 12, 2.5, 1, List.of(), "blurry", List.of());

    @Test
    void stockValuesMeanTheModelsOwn() {
        ResolvedRequest resolved = RequestResolver.resolve(stock(), traits(OWN, 128));
        assertThat(resolved.plan().width()).isEqualTo(128);
        assertThat(resolved.plan().height()).isEqualTo(128);
        assertThat(resolved.plan().sampler()).isEqualTo("euler");
        assertThat(resolved.plan().scheduler()).isEqualTo("normal");
        assertThat(resolved.plan().steps()).isEqualTo(12);
        assertThat(resolved.plan().guidanceScale()).isEqualTo(2.5);
        assertThat(resolved.clipSkip()).isEqualTo(1);
        assertThat(resolved.negativePrompt()).isEqualTo("blurry");
        assertThat(resolved.notes()).isEmpty();
    }

    @Test
    void aModelWithoutDefaultsTakesTheStockOnes() {
        ResolvedRequest resolved = RequestResolver.resolve(stock(), traits(ModelDefaults.NONE, 1024));
        assertThat(resolved.plan().width()).isEqualTo(1152);
        assertThat(resolved.plan().height()).isEqualTo(896);
        assertThat(resolved.plan().steps()).isEqualTo(30);
        assertThat(resolved.plan().sampler()).isEqualTo("dpmpp_2m_sde_gpu");
        assertThat(resolved.guidance()).isEqualTo(new Guidance(4, 0, stock().adaptiveCfg(), 2));
    }

    @Test
    void theStockSharpnessIsForLargeModelsAlone() {
        assertThat(stock().sharpness()).isEqualTo(2);
        assertThat(RequestResolver.resolve(stock(), traits(OWN, 128)).guidance().sharpness())
                .isZero();
        assertThat(RequestResolver.resolve(stock(), traits(ModelDefaults.NONE, 1024))
                        .guidance()
                        .sharpness())
                .isEqualTo(2);
    }

    @Test
    void anSdxlSizeKeepsItsRatioAtASmallModelsArea() {
        ResolvedRequest resolved =
                RequestResolver.resolve(request("1408*704", -1, -1, -1, "Speed", "ddim"), traits(OWN, 128));
        assertThat(resolved.plan().width()).isEqualTo(184);
        assertThat(resolved.plan().height()).isEqualTo(88);
        assertThat(resolved.notes()).hasSize(1);
        assertThat(resolved.plan().sampler()).isEqualTo("ddim");
    }

    @Test
    void overwritesWin() {
        ResolvedRequest resolved =
                RequestResolver.resolve(request("1152×896", 5, 200, 100, "Quality", "euler"), traits(OWN, 128));
        assertThat(resolved.plan().width()).isEqualTo(200);
        assertThat(resolved.plan().height()).isEqualTo(104);
        assertThat(resolved.plan().steps()).isEqualTo(5);
    }

    @Test
    void presetsGiveTheirSteps() {
        assertThat(RequestResolver.resolve(request("1152×896", -1, -1, -1, "Quality", "euler"), traits(OWN, 128))
                        .plan()
                        .steps())
                .isEqualTo(60);
        assertThat(RequestResolver.resolve(request("1152×896", -1, -1, -1, "Lightning", "euler"), traits(OWN, 128))
                        .plan()
                        .steps())
                .isEqualTo(4);
    }

    @Test
    void everySizeFitsTheModel() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 1000; round++) {
            String aspect = (random.nextInt(3000) + 1) + "*" + (random.nextInt(3000) + 1);
            ResolvedRequest resolved = RequestResolver.resolve(
                    request(aspect, random.nextInt(2000), random.nextInt(2049), -1, "Speed", "euler"),
                    traits(OWN, 128));
            assertThat(resolved.plan().width() % 8 + resolved.plan().height() % 8)
                    .as("seed %d, %s", seed, aspect)
                    .isZero();
            assertThat(Math.min(resolved.plan().width(), resolved.plan().height()))
                    .isPositive();
            assertThat(resolved.plan().steps()).isBetween(1, 999);
        }
    }

    @Test
    void progressRunsFromThePreparationToTheEnd() {
        ProgressScale scale = ProgressScale.of(true, 30, 1);
        assertThat(scale.step(0, 1)).isEqualTo(9);
        assertThat(scale.step(0, 30)).isEqualTo(100);
        ProgressScale three = ProgressScale.of(false, 7, 3);
        assertThat(three.imageStart(0)).isEqualTo(5);
        assertThat(three.step(2, 7)).isBetween(99, 100);
    }

    private static TaskRequest stock() {
        return request("1152×896", -1, -1, -1, "Speed", "dpmpp_2m_sde_gpu");
    }

    private static TaskRequest request(
            String aspect, int steps, int width, int height, String performance, String sampler) {
        return new TaskRequest(
                "a cat",
                "",
                List.of(),
                performance,
                aspect,
                1,
                "png",
                1,
                false,
                4.0,
                2.0,
                7.0,
                2,
                sampler,
                "karras",
                steps,
                width,
                height,
                "model",
                false,
                true,
                "fooocus",
                null);
    }

    private static ModelTraits traits(ModelDefaults defaults, int side) {
        return new ModelTraits(
                "model",
                "0".repeat(64),
                4,
                8,
                8,
                side,
                Prediction.EPSILON,
                new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "leading", 1),
                defaults);
    }
}
