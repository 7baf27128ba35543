package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a folder's files tell of its family, and which folders can't work. */
class FamilyFolderTest {

    @TempDir
    private Path models;

    private OnnxModelLoader loader;

    @BeforeEach
    void unpacks() throws Exception {
        FamilyArchive.unpack(models);
        loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
    }

    @Test
    void theFilesTellTheFamilyAndWhatSuitsIt() throws Exception {
        ModelTraits turbo = traits("sdxl-turbo");
        assertThat(turbo.family()).isEqualTo(Family.STABLE_DIFFUSION_XL);
        assertThat(turbo.defaults().steps()).isEqualTo(4);
        assertThat(turbo.defaults().guidanceScale()).isEqualTo(1);
        assertThat(turbo.defaults().sampler()).isEqualTo("euler_ancestral");
        assertThat(turbo.defaults().clipSkip()).isEqualTo(2);
        assertThat(turbo.embedsGuidance()).isFalse();

        ModelTraits consistency = traits("lcm-optimum");
        assertThat(consistency.embedsGuidance()).isTrue();
        assertThat(consistency.defaults().sampler()).isEqualTo("lcm");
        assertThat(consistency.defaults().scheduler()).isEqualTo("lcm");
        assertThat(consistency.defaults().steps()).isEqualTo(4);

        ModelTraits base = traits("sdxl-optimum");
        assertThat(base.defaults().steps()).isNull();
        assertThat(base.schedule().timestepSpacing()).isEqualTo("leading");

        ModelTraits velocity = traits("sd21-optimum");
        assertThat(velocity.prediction()).isEqualTo(Prediction.V);
        assertThat(velocity.defaults().clipSkip()).isEqualTo(1);

        ModelTraits pure = traits("sd21-zero-snr");
        assertThat(pure.schedule().zeroTerminalSnr()).isTrue();
        assertThat(pure.defaults().steps()).as("not taken for a Turbo model").isNull();
        assertThat(pure.defaults().guidanceRescale()).isEqualTo(0.7);

        ModelTraits continuous = traits("sdxl-edm");
        assertThat(continuous.prediction()).isEqualTo(Prediction.EDM);
        assertThat(continuous.schedule().edm()).isEqualTo(new EdmRange(0.002, 80, 0.5));
        assertThat(continuous.defaults().scheduler()).isEqualTo("karras");
        assertThat(continuous.defaults().steps()).isNull();

        // no config.json beside its networks
        ModelTraits script = traits("sd15-script");
        assertThat(script.family()).isEqualTo(Family.STABLE_DIFFUSION_1);
        assertThat(script.latentScale()).isEqualTo(2);
        assertThat(script.latentChannels()).isEqualTo(4);
    }

    @Test
    void anEulerSchedulerThatPredictsVelocityIsNotTakenForATurboModels() throws Exception {
        assertThat(scheduler("""
                {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing"}
                """).fewSteps()).isTrue();
        assertThat(scheduler("""
                {"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "trailing", "prediction_type": "v_prediction"}
                """).fewSteps()).isFalse();
    }

    @Test
    void aSchedulerOfContinuousLevelsMayPredictVelocity() throws Exception {
        SchedulerConfig usual = scheduler("{\"_class_name\": \"EDMEulerScheduler\"}");
        assertThat(usual.prediction()).isEqualTo(Prediction.EDM);
        SchedulerConfig velocity =
                scheduler("{\"_class_name\": \"EDMEulerScheduler\", \"prediction_type\": \"v_prediction\"}");
        assertThat(velocity.prediction()).isEqualTo(Prediction.V);
        assertThat(velocity.schedule().edm()).isEqualTo(usual.schedule().edm());
    }

    @Test
    void aVaeThatStatesNoScaleHasItsFamilys() throws Exception {
        assertThat(unstatedScale("sd15-optimum")).containsOnly(0.18215f);
        assertThat(unstatedScale("sdxl-optimum")).containsOnly(0.13025f);
    }

    @Test
    void aNegativePromptOfSpacesIsAnEmptyOne() throws Exception {
        try (LoadedModel model = load("sdxl-optimum")) {
            assertThat(model.encodeNegative("", 2).hiddenStates()).containsOnly(0);
            Conditioning spaces = model.encodeNegative(" \n ", 2);
            assertThat(spaces.hiddenStates()).containsOnly(0);
            assertThat(spaces.added().pooled()).containsOnly(0);
            assertThat(model.encodeNegative(" blurry ", 2).hiddenStates()).isNotEqualTo(spaces.hiddenStates());
        }
    }

    @Test
    void sizesThatNoNetworkHasAreRefusedByName() throws Exception {
        Path darkroom = models.resolve("sd15-optimum/darkroom.json");
        Files.writeString(darkroom, "{\"width\": 1000000}");
        assertRefused("sd15-optimum", "darkroom.json", "width");
        Files.delete(darkroom);
        Path unet = models.resolve("sd15-optimum/unet/config.json");
        Files.writeString(
                unet, Files.readString(unet).replaceAll("\"sample_size\": *\\d+", "\"sample_size\": 2000000000"));
        assertRefused("sd15-optimum", "unet/config.json", "sample_size");
        Files.writeString(unet, Files.readString(unet).replaceAll("\"sample_size\": *\\d+", "\"sample_size\": -1"));
        assertRefused("sd15-optimum", "unet/config.json", "sample_size");
        Path vae = models.resolve("sd15-old/vae_decoder/config.json");
        Files.writeString(
                vae, Files.readString(vae).replaceAll("\"latent_channels\": *\\d+", "\"latent_channels\": 2000000000"));
        assertRefused(
                "sd15-old",
                "vae_decoder/config.json: latent_channels must be a whole number from 1 to 1024, found 2000000000");
    }

    @Test
    void foldersThatCannotWorkAreRefusedInOneSentence() throws Exception {
        delete(models.resolve("sdxl-optimum/text_encoder_2"));
        delete(models.resolve("sdxl-optimum/tokenizer_2"));
        assertRefused("sdxl-optimum", "The UNet is one of SDXL, but ", "text_encoder_2 is missing");

        delete(models.resolve("sdxl-old/text_encoder"));
        assertRefused("sdxl-old", "has only SDXL's second text encoder");

        copy("sd15-optimum/text_encoder/model.onnx", "sdxl-olive/text_encoder_2/model.onnx");
        assertRefused("sdxl-olive", "The second text encoder has no output \"text_embeds\"");

        Files.delete(models.resolve("inpaint-optimum/vae_encoder/model.onnx"));
        assertRefused("inpaint-optimum", "The UNet is one for inpainting, which needs ", "vae_encoder/model.onnx");

        Files.writeString(models.resolve("lcm-optimum/vae_decoder/config.json"), """
                {"latent_channels": 5, "block_out_channels": [8, 8]}
                """);
        assertRefused("lcm-optimum", "The UNet takes 4 channels and the VAE has 5; an inpainting UNet would take 11");

        Path scheduler = models.resolve("sd15-half/scheduler/scheduler_config.json");
        Files.writeString(scheduler, "{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"}");
        assertRefused("sd15-half", "models that are sampled by FlowMatchEulerDiscreteScheduler are not supported yet");

        copy("sdxl-edm/scheduler/scheduler_config.json", "sd15-old/scheduler/scheduler_config.json");
        assertRefused(
                "sd15-old", "The UNet takes whole timesteps, and a scheduler of continuous noise levels has others");
        Path levels = models.resolve("sdxl-edm/scheduler/scheduler_config.json");
        Files.writeString(levels, "{\"_class_name\": \"EDMEulerScheduler\", \"sigma_data\": 0}");
        assertRefused(
                "sdxl-edm", "scheduler_config.json: sigma_data must be a number above 0 and up to 10000, found 0");
        Files.writeString(levels, "{\"_class_name\": \"EDMEulerScheduler\", \"sigma_schedule\": \"line\"}");
        assertRefused("sdxl-edm", "sigma_schedule must be karras or exponential, found \"line\"");
        Files.writeString(models.resolve("sdxl-edm/vae_decoder/config.json"), """
                {"latent_channels": 4, "block_out_channels": [8, 8], "latents_mean": [1, 2], "latents_std": [1, 2, 3, 4]}
                """);
        Files.writeString(levels, "{\"_class_name\": \"EDMEulerScheduler\"}");
        assertRefused(
                "sdxl-edm",
                "vae_decoder/config.json: latents_mean must be 4 numbers, one for each channel, found [1,2]");

        Files.writeString(
                models.resolve("sd15-old/model_index.json"), "{\"_class_name\": \"StableDiffusion3Pipeline\"}");
        assertRefused("sd15-old", "is a StableDiffusion3Pipeline, which is not supported yet");

        Path graph = models.resolve("sd21-optimum/unet/model.onnx");
        Files.write(graph, java.util.Arrays.copyOf(Files.readAllBytes(graph), 1000));
        assertRefused("sd21-optimum", "unet/model.onnx can't be loaded");

        // and the others serve on
        load("sd15-olive").close();
    }

    private SchedulerConfig scheduler(String json) throws Exception {
        return SchedulerConfig.read(Files.writeString(models.resolve("scheduler_config.json"), json));
    }

    /** Returns what latents are divided by on their way into the VAE once its configuration does not say it. */
    private float[] unstatedScale(String name) throws Exception {
        Path vae = models.resolve(name).resolve("vae_decoder/config.json");
        String stated = Files.readString(vae);
        String unstated = stated.replaceAll("\"scaling_factor\": *[\\d.]+,?", "");
        assertThat(unstated).isNotEqualTo(stated);
        Files.writeString(vae, unstated);
        return PipelineConfig.read(models.resolve(name)).scaling().divisor();
    }

    private void assertRefused(String name, String... parts) {
        assertThatThrownBy(() -> load(name))
                .as(name)
                .isInstanceOf(ModelException.class)
                .satisfies(failure -> assertThat(failure.getMessage()).contains(parts));
    }

    private ModelTraits traits(String name) throws ModelException {
        try (LoadedModel model = load(name)) {
            return model.traits();
        }
    }

    private LoadedModel load(String name) throws ModelException {
        return loader.load(folder(name));
    }

    private ModelFolder folder(String name) {
        return new ModelFolder(name, models.resolve(name), ModelDefaults.NONE, null);
    }

    private void copy(String from, String to) throws IOException {
        Files.copy(models.resolve(from), models.resolve(to), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
