package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.TensorInfo;
import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs are changed on their way into memory, wherever their weights lie. */
class GraphPatchTest {

    private static final String NAME = "sd15-optimum";

    /** TensorProto.DataType: truth values. */
    private static final int BOOL = 9;

    @TempDir
    private Path models;

    private OnnxModelLoader loader;
    private Path unet;
    private Path encoder;

    @BeforeEach
    void unpacks() throws Exception {
        FamilyArchive.unpack(models);
        loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        unet = models.resolve(NAME).resolve("unet/model.onnx");
        encoder = models.resolve(NAME).resolve("text_encoder/model.onnx");
    }

    @Test
    void aScalarTimestepBecomesOneForEachRowAlsoWhereWeightsLieInAnotherFile() throws Exception {
        Path data = movesItsWeightsOut(unet);
        assertThat(Files.size(unet)).isLessThan(Files.size(data) * 3 / 4);
        assertThat(timestepRank(unet, null)).isZero();

        GraphPatch patch = TimestepPatch.of(unet, "timestep");
        assertThat(patch).isNotNull();
        assertThat(timestepRank(unet, patch)).isEqualTo(1);
        assertThat(TimestepPatch.of(models.resolve("sd15-old/unet/model.onnx"), "timestep"))
                .as("a vector already")
                .isNull();
        assertPaintsAsItsReference();
    }

    @Test
    void aTensorThatSaysItsDataAreInTheGraphIsReadFromThere() throws Exception {
        for (Path graph : new Path[] {unet, encoder}) {
            // as onnx.save leaves it in a graph that was loaded with its weights outside
            Files.write(graph, withLocationsOfData(GraphOutline.read(graph)));
        }
        assertThat(timestepRank(unet, TimestepPatch.of(unet, "timestep"))).isEqualTo(1);
        assertPaintsAsItsReference();
    }

    @Test
    void aGraphBehindALinkIsChangedToo() throws Exception {
        // as the hub's cache keeps large files
        for (Path graph : new Path[] {unet, encoder}) {
            link(graph, models.resolve("blobs"));
        }
        assertThat(timestepRank(unet, TimestepPatch.of(unet, "timestep"))).isEqualTo(1);
        assertPaintsAsItsReference();
    }

    @Test
    void weightsBehindAnotherLinkThanTheirGraphAreFound() throws Exception {
        Path data = movesItsWeightsOut(unet);
        link(data, models.resolve("blobs"));
        assertThat(timestepRank(unet, TimestepPatch.of(unet, "timestep"))).isEqualTo(1);
        assertPaintsAsItsReference();
        link(unet, models.resolve("others"));
        assertThat(timestepRank(unet, TimestepPatch.of(unet, "timestep"))).isEqualTo(1);
        assertPaintsAsItsReference();
        Files.delete(data.toRealPath());
        assertThatThrownBy(this::load).isInstanceOf(ModelException.class).hasMessageContaining("unet/model.onnx");
    }

    @Test
    void anEncoderThatGivesItsLastLayerAloneSaysSo() throws Exception {
        try (LoadedModel model = load()) {
            assertThat(model.traits().clipSkips()).isGreaterThan(1);
        }
        Path config = encoder.resolveSibling("config.json");
        Files.writeString(
                config,
                Files.readString(config).replaceAll("\"num_hidden_layers\": *\\d+", "\"num_hidden_layers\": 12"));
        try (LoadedModel model = load()) {
            assertThat(model.traits().clipSkips())
                    .as("layers that the graph does not have")
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sd15-olive", "sd15-olive-32"})
    void layersAreFoundWhereEqualWeightsAreKeptOnceAndWhereNormalisationsAddUpFirst(String name) throws Exception {
        ModelFolder folder = new ModelFolder(name, models.resolve(name), ModelDefaults.NONE, null);
        try (LoadedModel model = loader.load(folder)) {
            assertThat(model.traits().clipSkips()).isEqualTo(3);
        }
    }

    @Test
    void anEncoderThatWantsToBeToldToGiveItsLayersIsTold() throws Exception {
        Path large = models.resolve("sdxl-olive-32/text_encoder_2/model.onnx");
        Path data = large.resolveSibling("model.onnx_data");
        Files.move(large, data);
        Files.write(
                large,
                GraphPatch.Builder.of(data, GraphOutline.read(data))
                        .append(GraphOutline.GRAPH_INPUT, OnnxProto.value("output_hidden_states", BOOL, 1))
                        .build()
                        .model());
        ModelFolder folder =
                new ModelFolder("sdxl-olive-32", models.resolve("sdxl-olive-32"), ModelDefaults.NONE, null);
        try (LoadedModel model = loader.load(folder)) {
            assertThat(FamilyComparison.compare(model, folder).hidden()).isLessThan(1e-4);
        }
    }

    private void assertPaintsAsItsReference() throws Exception {
        try (LoadedModel model = load()) {
            assertThat(model.traits().clipSkips()).isGreaterThan(1);
            FamilyComparison.Figures figures = FamilyComparison.compare(model, folder());
            assertThat(figures.runs()).allSatisfy(run -> assertThat(run.last()).isLessThan(1e-3));
        }
    }

    private LoadedModel load() throws ModelException {
        return loader.load(folder());
    }

    private ModelFolder folder() {
        return new ModelFolder(NAME, models.resolve(NAME), ModelDefaults.NONE, null);
    }

    /** Writes the graph as Optimum does one of more than 2 GB, and returns where its weights are. */
    private static Path movesItsWeightsOut(Path graph) throws Exception {
        Path data = graph.resolveSibling("model.onnx_data");
        Files.move(graph, data);
        Files.write(
                graph,
                GraphPatch.Builder.of(data, GraphOutline.read(data)).build().model());
        return data;
    }

    private static void link(Path file, Path folder) throws Exception {
        Files.createDirectories(folder);
        Path blob = Files.createTempFile(folder, "blob", null);
        Files.delete(blob);
        Files.move(file, blob);
        Files.createSymbolicLink(file, blob);
    }

    private static byte[] withLocationsOfData(GraphOutline outline) throws Exception {
        Writer graph = new Writer();
        for (Field field : outline.graph()) {
            if (field.number() == GraphOutline.GRAPH_INITIALIZER) {
                Writer tensor = new Writer();
                field.message().fields().forEach(tensor::copy);
                graph.message(field.number(), tensor.number(GraphOutline.TENSOR_DATA_LOCATION, 0));
            } else {
                graph.copy(field);
            }
        }
        Writer model = new Writer();
        for (Field field : outline.model()) {
            if (field.number() == GraphOutline.MODEL_GRAPH) {
                model.message(field.number(), graph);
            } else {
                model.copy(field);
            }
        }
        return model.toBytes();
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
}
