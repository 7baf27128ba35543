package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a folder's files tell of its family, what is made of its graphs, and which folders can't work. */
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

        // no config.json beside its networks
        ModelTraits script = traits("sd15-script");
        assertThat(script.family()).isEqualTo(Family.STABLE_DIFFUSION_1);
        assertThat(script.latentScale()).isEqualTo(2);
        assertThat(script.latentChannels()).isEqualTo(4);
    }

    @Test
    void aScalarTimestepBecomesOneForEachRowAlsoWhereWeightsLieInAnotherFile() throws Exception {
        Path unet = models.resolve("sd15-optimum/unet/model.onnx");
        Path data = unet.resolveSibling("model.onnx_data");
        Files.move(unet, data);
        // the same graph with its weights outside, as Optimum writes one of more than 2 GB
        GraphPatch outside =
                GraphPatch.Builder.of(data, GraphOutline.read(data)).build();
        Files.write(unet, outside.model());
        assertThat(Files.size(unet)).isLessThan(Files.size(data) * 3 / 4);
        assertThat(timestepRank(unet, null)).isZero();

        GraphPatch patch = TimestepPatch.of(unet, "timestep");
        assertThat(patch).isNotNull();
        assertThat(timestepRank(unet, patch)).isEqualTo(1);
        assertThat(TimestepPatch.of(models.resolve("sd15-old/unet/model.onnx"), "timestep"))
                .as("a vector already")
                .isNull();
        try (LoadedModel model = load("sd15-optimum")) {
            FamilyComparison.Figures figures = FamilyComparison.compare(model, folder("sd15-optimum"));
            assertThat(figures.runs()).allSatisfy(run -> assertThat(run.last()).isLessThan(1e-3));
        }
    }

    @Test
    void weightsBehindLinksAreLeftWhereTheyAre() throws Exception {
        Path unet = models.resolve("sd15-optimum/unet/model.onnx");
        Path blob = models.resolve("blob");
        Files.move(unet, blob);
        Files.createSymbolicLink(unet, blob);
        assertThat(TimestepPatch.of(unet, "timestep")).isNull();
        try (LoadedModel model = load("sd15-optimum")) {
            FamilyComparison.Figures figures = FamilyComparison.compare(model, folder("sd15-optimum"));
            assertThat(figures.runs()).allSatisfy(run -> assertThat(run.last()).isLessThan(1e-3));
        }
    }

    private static int timestepRank(Path file, GraphPatch patch) throws Exception {
        OnnxDevice device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        RunningCall running = new RunningCall();
        try (OnnxGraph graph = patch == null
                ? OnnxGraph.load("The UNet", file, device, running)
                : OnnxGraph.load("The UNet", file, patch, device, running)) {
            TensorInfo timestep = graph.inputs().get("timestep");
            return timestep.getShape().length;
        }
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

        Files.writeString(
                models.resolve("sd15-old/model_index.json"), "{\"_class_name\": \"StableDiffusion3Pipeline\"}");
        assertRefused("sd15-old", "is a StableDiffusion3Pipeline, which is not supported yet");

        Path graph = models.resolve("sd21-optimum/unet/model.onnx");
        Files.write(graph, java.util.Arrays.copyOf(Files.readAllBytes(graph), 1000));
        assertRefused("sd21-optimum", "unet/model.onnx can't be loaded");

        // and the others serve on
        load("sd15-olive").close();
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
