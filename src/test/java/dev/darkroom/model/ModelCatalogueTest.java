package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCatalogueTest {

    @TempDir
    Path models;

    @Test
    void modelsAreFoundAtAnyDepthInTheOrderOfTheirNames() throws Exception {
        TinyPipeline.write(models, "people/anna/portraits");
        TinyPipeline.write(models, "b");
        TinyPipeline.write(models, "a");
        TinyPipeline.write(models, "a/inside-of-a-model");
        Files.createDirectories(models.resolve(".cache/x"));
        assertThat(new ModelCatalogue(models).scan())
                .extracting(ModelFolder::name)
                .containsExactly("a", "b", "people/anna/portraits");
        assertThat(new ModelCatalogue(models).scan())
                .allSatisfy(folder -> assertThat(folder.problem()).isNull());
    }

    @Test
    void darkroomJsonGivesTheDefaults() throws Exception {
        TinyPipeline.write(models, "tiny", TinyPipeline.options().darkroomJson("""
                                {"description": "Small.", "width": 256, "height": 128, "sampler": "euler",
                                 "scheduler": "karras", "steps": 9, "guidance_scale": 3, "guidance_rescale": 0.5, "clip_skip": 2,
                                 "styles": ["A"], "negative_prompt": "bad", "example_prompts": ["x", "y"],
                                 "unknown": {}}
                                """));
        assertThat(new ModelCatalogue(models).scan())
                .singleElement()
                .extracting(ModelFolder::defaults)
                .isEqualTo(new ModelDefaults(
                        "Small.", 256, 128, "euler", "karras", 9, 3.0, 0.5, 2, List.of("A"), "bad", List.of("x", "y")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"steps\": \"many\"} ; steps must be a whole number from 1 to 1000, found \"many\"",
                "{\"steps\": 0} ; steps must be a whole number",
                "{\"width\": 1.5} ; width must be a whole number",
                "{\"guidance_scale\": -1} ; guidance_scale must be a number from 0 to 100, found -1",
                "{\"styles\": \"A\"} ; styles must be a list of texts",
                "{\"description\": 3} ; description must be a text",
                "{\"latent_rgb\": {\"weights\": [[1, 2]]}} ; latent_rgb must be lists of three numbers",
                "{\"latent_rgb\": {\"weights\": [[1, 2, 3]], \"range\": [1, 0]}} ; latent_rgb must be a range",
                "[] ; holds no JSON object",
                "{\"steps\": } ; is not valid JSON"
            })
    void aBrokenFolderIsListedWithItsProblemAndHidesNoOther(String json, String problem) throws Exception {
        TinyPipeline.write(models, "broken", TinyPipeline.options().darkroomJson(json));
        TinyPipeline.write(models, "good");
        List<ModelFolder> folders = new ModelCatalogue(models).scan();
        assertThat(folders).extracting(ModelFolder::name).containsExactly("broken", "good");
        assertThat(folders.get(0).problem()).contains("darkroom.json").contains(problem);
        assertThat(folders.get(0).defaults()).isEqualTo(ModelDefaults.NONE);
        assertThat(folders.get(1).problem()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "unet/model.onnx, is missing",
        "vae_decoder/config.json, is missing",
        "text_encoder/model.onnx, is missing"
    })
    void aFolderWithoutAFileIsListedWithThatProblem(String file, String problem) throws Exception {
        ModelFolder folder = TinyPipeline.write(models, "half");
        Files.delete(folder.path().resolve(file));
        assertThat(new ModelCatalogue(models).scan().get(0).problem())
                .contains(file)
                .contains(problem);
    }

    @Test
    void pipelinesOfOtherKindsAreListedAsSuch() throws Exception {
        ModelFolder xl = TinyPipeline.write(models, "xl");
        Files.createDirectory(xl.path().resolve("text_encoder_2"));
        ModelFolder three = TinyPipeline.write(models, "three");
        Files.createDirectory(three.path().resolve("transformer"));
        ModelFolder flow = TinyPipeline.write(models, "flow");
        Path scheduler = flow.path().resolve("scheduler/scheduler_config.json");
        Files.writeString(scheduler, Files.readString(scheduler).replace("v_prediction", "sample"));
        assertThat(new ModelCatalogue(models).scan())
                .extracting(ModelFolder::problem)
                .satisfiesExactly(
                        problem ->
                                assertThat(problem).contains("prediction_type").contains("\"sample\""),
                        problem -> assertThat(problem).contains("transformer"),
                        problem ->
                                assertThat(problem).contains("text_encoder_2").contains("is missing"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unet", "transformer"})
    void aPipelineWithoutItsIndexIsListedWithThatProblem(String denoiser) throws Exception {
        Path folder = TinyPipeline.write(models, "people/anna").path();
        Files.delete(folder.resolve("model_index.json"));
        if (!denoiser.equals("unet")) {
            Files.move(folder.resolve("unet"), folder.resolve(denoiser));
        }
        TinyPipeline.write(models, "people/ben");
        assertThat(new ModelCatalogue(models).scan())
                .satisfiesExactly(
                        anna -> {
                            assertThat(anna.name()).isEqualTo("people/anna");
                            assertThat(anna.problem()).endsWith("anna/model_index.json is missing");
                        },
                        ben -> assertThat(ben.problem()).isNull());
    }

    @Test
    void aFolderAroundModelsIsNoPipelineWhateverLiesBesideThem() throws Exception {
        TinyPipeline.write(models, "people/anna");
        Files.createDirectories(models.resolve("people/unet"));
        Files.write(models.resolve("people/unet/model.onnx"), new byte[10]);
        Files.createDirectories(models.resolve("lists/unet"));
        Files.writeString(models.resolve("lists/unet/notes.txt"), "no graph");
        assertThat(new ModelCatalogue(models).scan())
                .extracting(ModelFolder::name)
                .containsExactly("people/anna");
    }

    @Test
    void withoutAModelsFolderThereAreNoModels() {
        assertThat(new ModelCatalogue(models.resolve("nowhere")).scan()).isEmpty();
    }
}
