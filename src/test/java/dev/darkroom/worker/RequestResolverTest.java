package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.AdmScaling;
import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.model.Family;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import dev.darkroom.prompt.AspectRatios;
import dev.darkroom.prompt.LoraCatalogue;
import dev.darkroom.prompt.StockRequest;
import dev.darkroom.task.TaskRequest;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RequestResolverTest {

    private static final ModelDefaults OWN =
            new ModelDefaults("small", 128, 128, "euler", "normal", 12, 2.5, 0.7, 1, List.of(), "blurry", List.of());

    private static final TrainingSchedule TRAINING =
            new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "leading", 1);

    @Test
    void stockValuesMeanTheModelsOwn() {
        ResolvedRequest resolved = resolve(stock(), traits(OWN, 128));
        assertThat(resolved.plan().width()).isEqualTo(128);
        assertThat(resolved.plan().height()).isEqualTo(128);
        assertThat(resolved.plan().sampler()).isEqualTo("euler");
        assertThat(resolved.plan().scheduler()).isEqualTo("normal");
        assertThat(resolved.plan().steps()).isEqualTo(12);
        assertThat(resolved.plan().guidanceScale()).isEqualTo(2.5);
        assertThat(resolved.guidance().rescale()).isEqualTo(0.7);
        assertThat(resolved.clipSkip()).isEqualTo(1);
        assertThat(resolved.negativePrompt()).isEqualTo("blurry");
        assertThat(resolved.notes()).isEmpty();
    }

    @Test
    void aLayerThatTheTextEncoderDoesNotGiveIsNotedAndTheLastPossibleIsTaken() {
        ModelDefaults third =
                new ModelDefaults("small", 128, 128, "euler", "normal", 12, 2.5, 0.7, 3, List.of(), "", List.of());
        assertThat(resolve(stock(), traits(third, 128, 3)).clipSkip()).isEqualTo(3);
        ResolvedRequest resolved = resolve(stock(), traits(third, 128, 1));
        assertThat(resolved.clipSkip()).isEqualTo(1);
        assertThat(resolved.notes())
                .containsExactly("clip_skip 3 was asked for; the model's text encoder gives 1 at most.");
    }

    @Test
    void aModelWithoutDefaultsTakesTheStockOnes() {
        ResolvedRequest resolved = resolve(stock(), traits(ModelDefaults.NONE, 1024));
        assertThat(resolved.plan().width()).isEqualTo(1152);
        assertThat(resolved.plan().height()).isEqualTo(896);
        assertThat(resolved.plan().steps()).isEqualTo(30);
        assertThat(resolved.plan().sampler()).isEqualTo("dpmpp_2m_sde_gpu");
        assertThat(resolved.guidance()).isEqualTo(new Guidance(4, 0, stock().adaptiveCfg(), 2));
    }

    @Test
    void theStockSharpnessIsForLargeModelsAlone() {
        assertThat(stock().sharpness()).isEqualTo(2);
        assertThat(resolve(stock(), traits(OWN, 128)).guidance().sharpness()).isZero();
        assertThat(resolve(stock(), traits(ModelDefaults.NONE, 1024)).guidance().sharpness())
                .isEqualTo(2);
    }

    @Test
    void anSdxlSizeKeepsItsRatioAtASmallModelsArea() {
        ResolvedRequest resolved = resolve(request("1408*704", -1, -1, -1, "Speed", "ddim"), traits(OWN, 128));
        assertThat(resolved.plan().width()).isEqualTo(184);
        assertThat(resolved.plan().height()).isEqualTo(88);
        assertThat(resolved.notes()).hasSize(1);
        assertThat(resolved.plan().sampler()).isEqualTo("ddim");
    }

    @Test
    void overwritesWin() {
        ResolvedRequest resolved = resolve(request("1152×896", 5, 200, 100, "Quality", "euler"), traits(OWN, 128));
        assertThat(resolved.plan().width()).isEqualTo(200);
        assertThat(resolved.plan().height()).isEqualTo(104);
        assertThat(resolved.plan().steps()).isEqualTo(5);
    }

    @Test
    void presetsGiveTheirSteps() {
        assertThat(resolve(request("1152×896", -1, -1, -1, "Quality", "euler"), traits(OWN, 128))
                        .plan()
                        .steps())
                .isEqualTo(60);
        assertThat(resolve(request("1152×896", -1, -1, -1, "Lightning", "euler"), traits(OWN, 128))
                        .plan()
                        .steps())
                .isEqualTo(4);
    }

    @Test
    void aPresetMadeForALoraKeepsStepsSamplerAndScheduleWithoutIt() {
        ResolvedRequest resolved =
                resolve(request("1152×896", -1, -1, -1, "Lightning", "heun"), traits(ModelDefaults.NONE, 1024));
        assertThat(resolved.plan().steps()).isEqualTo(4);
        assertThat(resolved.plan().sampler()).isEqualTo("euler");
        assertThat(resolved.plan().scheduler()).isEqualTo("sgm_uniform");
        assertThat(resolved.plan().guidanceScale()).isEqualTo(4.0);
        assertThat(resolved.notes()).singleElement().asString().contains("sdxl_lightning_4step_lora");
        ResolvedRequest extreme =
                resolve(request("1152×896", -1, -1, -1, "Extreme Speed", "heun"), traits(ModelDefaults.NONE, 1024));
        assertThat(extreme.plan().steps()).isEqualTo(8);
        assertThat(extreme.plan().sampler()).isEqualTo("lcm");
        assertThat(extreme.plan().scheduler()).isIn("lcm", "sgm_uniform");
    }

    @Test
    void withItsLoraThePresetForcesGuidanceToo() {
        ResolvedRequest resolved = RequestResolver.resolve(
                request("1152×896", -1, -1, -1, "Hyper-SD", "heun"),
                traits(ModelDefaults.NONE, 1024),
                "sdxl_hyper_sd_4step_lora"::equals);
        assertThat(resolved.plan().guidanceScale()).isEqualTo(1.0);
        assertThat(resolved.plan().sampler()).isEqualTo("dpmpp_sde_gpu");
        assertThat(resolved.notes()).isEmpty();
    }

    @Test
    void sdxlIsToldOtherSizesAsInFooocusUnlessItWasDistilledWithoutGuidance() {
        ModelDefaults turbo = new ModelDefaults(
                "turbo", 512, 512, "euler_ancestral", "normal", 4, 1.0, null, 2, List.of(), "", List.of());
        ModelTraits base = traits(ModelDefaults.NONE, Family.STABLE_DIFFUSION_XL);
        ModelTraits distilled = traits(turbo, Family.STABLE_DIFFUSION_XL);
        AdmScaling own = new AdmScaling(2, 0.5, 0.6);
        assertThat(resolve(sized(null, 4), base).admScaling()).isEqualTo(AdmScaling.STOCK);
        assertThat(resolve(sized(AdmScaling.STOCK, 1), base).admScaling()).isEqualTo(AdmScaling.STOCK);
        assertThat(resolve(sized(own, 1), base).admScaling()).isEqualTo(own);
        assertThat(resolve(sized(null, 1), distilled).admScaling()).isNull();
        assertThat(resolve(sized(AdmScaling.STOCK, 4), distilled).admScaling())
                .as("the stock guidance of a distilled model is 1")
                .isNull();
        assertThat(resolve(sized(null, 5), distilled).admScaling()).isEqualTo(AdmScaling.STOCK);
        assertThat(resolve(sized(own, 4), distilled).admScaling()).isEqualTo(own);
        assertThat(resolve(sized(own, 4), traits(turbo, Family.OTHER)).admScaling())
                .isNull();
        assertThat(RequestResolver.resolve(
                                request("1152×896", -1, -1, -1, "Hyper-SD", "heun"),
                                base,
                                "sdxl_hyper_sd_4step_lora"::equals)
                        .admScaling())
                .as("a preset's LoRA is a distilled model")
                .isNull();
    }

    @Test
    void moreStepsThanTheModelHasBecomeItsMostWithANote() {
        TrainingSchedule pure = new TrainingSchedule(100, 0.00085, 0.012, "scaled_linear", true, "trailing", 1);
        ModelTraits traits = traits(OWN, 128, Family.OTHER, 12, pure);
        ResolvedRequest resolved = resolve(request("1152×896", 99, -1, -1, "Speed", "euler"), traits);
        assertThat(resolved.notes()).contains("99 steps were asked for; the model has 98 at most.");
        assertThat(Samplers.create(resolved.plan(), traits, 1).steps()).isEqualTo(98);
    }

    @Test
    void everyOfferedSizeKeepsItsRatioAtTheModelsArea() {
        for (int side : new int[] {256, 512, 768}) {
            for (String size : AspectRatios.sizes()) {
                String[] sides = size.split("\\*");
                double ratio = Double.parseDouble(sides[0]) / Double.parseDouble(sides[1]);
                SamplingPlan plan = resolve(
                                request(size, -1, -1, -1, "Speed", "euler"), traits(ModelDefaults.NONE, side))
                        .plan();
                if (size.equals("1152*896")) {
                    // the stock size means the model's own
                    assertThat(plan.width()).isEqualTo(side);
                    continue;
                }
                assertThat((double) plan.width() * plan.height()).isBetween(0.9 * side * side, 1.1 * side * side);
                assertThat((double) plan.width() / plan.height()).isBetween(0.93 * ratio, 1.07 * ratio);
            }
        }
        assertThat(AspectRatios.sizes()).hasSize(26);
        SamplingPlan sdxl = resolve(request("704*1408", -1, -1, -1, "Speed", "euler"), traits(ModelDefaults.NONE, 1024))
                .plan();
        assertThat(List.of(sdxl.width(), sdxl.height())).containsExactly(704, 1408);
    }

    @Test
    void stockStylesMeanTheModelsOwnWhereItHasAny() {
        ModelDefaults own = new ModelDefaults(
                "", null, null, null, null, null, null, null, null, List.of("SAI Anime"), "", List.of());
        assertThat(resolve(styled(StockRequest.STYLES), traits(own, 64)).styles())
                .containsExactly("SAI Anime");
        assertThat(resolve(styled(StockRequest.STYLES), traits(OWN, 64)).styles())
                .isEmpty();
        assertThat(resolve(styled(StockRequest.STYLES), traits(ModelDefaults.NONE, 64))
                        .styles())
                .isEqualTo(StockRequest.STYLES);
        assertThat(resolve(styled(List.of("SAI Comic Book")), traits(own, 64)).styles())
                .containsExactly("SAI Comic Book");
        assertThat(resolve(styled(List.of()), traits(own, 64)).styles()).isEmpty();
    }

    @Test
    void everySizeFitsTheModel() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 1000; round++) {
            String aspect = (random.nextInt(3000) + 1) + "*" + (random.nextInt(3000) + 1);
            ResolvedRequest resolved = resolve(
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

    private static ResolvedRequest resolve(TaskRequest request, ModelTraits traits) {
        return RequestResolver.resolve(request, traits, LoraCatalogue.NONE);
    }

    private static TaskRequest stock() {
        return request("1152×896", -1, -1, -1, "Speed", "dpmpp_2m_sde_gpu");
    }

    private static TaskRequest styled(List<String> styles) {
        return request(styles, "1152×896", -1, -1, -1, "Speed", "euler");
    }

    private static TaskRequest request(
            String aspect, int steps, int width, int height, String performance, String sampler) {
        return request(List.of(), aspect, steps, width, height, performance, sampler);
    }

    private static TaskRequest sized(@Nullable AdmScaling scaling, double guidance) {
        return request(List.of(), "1152×896", -1, -1, -1, "Speed", "euler", guidance, scaling);
    }

    private static TaskRequest request(
            List<String> styles, String aspect, int steps, int width, int height, String performance, String sampler) {
        return request(styles, aspect, steps, width, height, performance, sampler, 4, null);
    }

    private static TaskRequest request(
            List<String> styles,
            String aspect,
            int steps,
            int width,
            int height,
            String performance,
            String sampler,
            double guidance,
            @Nullable AdmScaling scaling) {
        return new TaskRequest(
                "a cat",
                "",
                styles,
                performance,
                aspect,
                1,
                "png",
                1,
                false,
                false,
                guidance,
                2.0,
                7.0,
                2,
                sampler,
                "karras",
                0.5,
                steps,
                width,
                height,
                false,
                true,
                "fooocus",
                false,
                null,
                null,
                null,
                scaling == null ? null : scaling.positive(),
                scaling == null ? null : scaling.negative(),
                scaling == null ? null : scaling.end());
    }

    private static ModelTraits traits(ModelDefaults defaults, int side) {
        return traits(defaults, side, 12);
    }

    private static ModelTraits traits(ModelDefaults defaults, Family family) {
        return traits(defaults, 1024, family, 12, TRAINING);
    }

    private static ModelTraits traits(ModelDefaults defaults, int side, int clipSkips) {
        return traits(defaults, side, Family.OTHER, clipSkips, TRAINING);
    }

    private static ModelTraits traits(
            ModelDefaults defaults, int side, Family family, int clipSkips, TrainingSchedule training) {
        return new ModelTraits(
                "model",
                "0".repeat(64),
                4,
                8,
                8,
                side,
                Prediction.EPSILON,
                training,
                defaults,
                family,
                clipSkips,
                false);
    }
}
