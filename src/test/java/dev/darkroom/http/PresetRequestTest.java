package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.ModelMessage;
import dev.darkroom.bus.NewTask;
import dev.darkroom.prompt.PromptConfig;
import dev.darkroom.prompt.PromptLibrary;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What presets and the server's own settings add to requests. */
class PresetRequestTest {

    @TempDir
    static Path folder;

    private static HttpStage stage;

    @BeforeAll
    static void open() throws Exception {
        PromptConfig config =
                new PromptConfig(Path.of("conf/styles"), Path.of("conf/wildcards"), Path.of("conf/presets"));
        PromptLibrary library = PromptLibrary.open(
                config, Path.of(""), problem -> assertThat(problem).isNull());
        stage = new HttpStage(folder, Map.of("webhook.url", "https://example.org/all"), library);
    }

    @AfterAll
    static void close() {
        stage.close();
    }

    @BeforeEach
    void known() {
        models("tiny");
    }

    private static void models(String... names) {
        stage.catalogue = new ModelMessage.Catalogue(
                List.of(names).stream()
                        .map(name -> new ModelMessage.ModelEntry(name, ModelMessage.ModelState.KNOWN, null, ""))
                        .toList(),
                names[0],
                "CPU",
                "",
                true);
    }

    private static HttpResponse<String> send(JsonObject body) throws Exception {
        // who lists the models knows them at once
        stage.send(stage.request("/v1/engines/all-models"));
        return stage.send(stage.generate(body.copy().put("async_process", true).encode()));
    }

    private static NewTask task(JsonObject body) throws Exception {
        HttpResponse<String> answer = send(body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return stage.store.submitted.poll(30, TimeUnit.SECONDS);
    }

    @Test
    void aPresetChangesWhatTheUserLeftOpenAndTheRecordShowsIt() throws Exception {
        JsonObject request =
                new JsonObject(task(new JsonObject().put("preset", "realistic").put("sharpness", 7))
                        .requestJson());
        assertThat(request.getString("negative_prompt")).isNotEmpty();
        assertThat(request.getDouble("guidance_scale")).isEqualTo(3.0);
        assertThat(request.getDouble("sharpness")).isEqualTo(7.0);
        assertThat(request.getString("aspect_ratios_selection")).isEqualTo("896×1152");
        assertThat(request.getJsonArray("style_selections"))
                .containsExactly("Fooocus V2", "Fooocus Photograph", "Fooocus Negative");
        request =
                new JsonObject(task(new JsonObject().put("preset", "lightning")).requestJson());
        assertThat(request.getString("performance_selection")).isEqualTo("Lightning");
        for (String none : List.of("initial", "")) {
            request = new JsonObject(task(new JsonObject().put("preset", none)).requestJson());
            assertThat(request.getDouble("guidance_scale")).isEqualTo(4.0);
            assertThat(request.getString("aspect_ratios_selection")).isEqualTo("1152×896");
        }
    }

    @Test
    void aPresetChoosesItsModelWhereTheRequestDoesNot() throws Exception {
        models("tiny", "realisticStockPhoto_v20", "own");
        assertThat(task(new JsonObject().put("preset", "realistic")).model()).isEqualTo("realisticStockPhoto_v20");
        assertThat(task(new JsonObject().put("preset", "realistic").put("base_model_name", "own"))
                        .model())
                .isEqualTo("own");
        assertThat(task(new JsonObject().put("base_model_name", "own.safetensors"))
                        .model())
                .isEqualTo("own");
        assertThat(task(new JsonObject().put("preset", "anime")).model()).isEqualTo("tiny");
    }

    @Test
    void anUnknownPresetIsRefusedByItsField() throws Exception {
        HttpResponse<String> answer = send(new JsonObject().put("preset", "unheard of"));
        assertThat(answer.statusCode()).isEqualTo(422);
        JsonObject detail = new JsonObject(answer.body()).getJsonArray("detail").getJsonObject(0);
        assertThat(detail.getJsonArray("loc")).isEqualTo(new JsonArray(List.of("body", "preset")));
        assertThat(detail.getString("input")).isEqualTo("unheard of");
    }

    @Test
    void theServersOwnWebhookStandsInTheRequestThatNamesNone() throws Exception {
        NewTask bare = task(new JsonObject());
        assertThat(new JsonObject(bare.requestJson()).getString("webhook_url")).isEqualTo("https://example.org/all");
        assertThat(bare.terms().webhookUrl()).isEqualTo("https://example.org/all");
        NewTask own = task(new JsonObject().put("webhook_url", "https://example.org/own"));
        assertThat(new JsonObject(own.requestJson()).getString("webhook_url")).isEqualTo("https://example.org/own");
        assertThat(own.terms().webhookUrl()).isEqualTo("https://example.org/own");
    }

    @Test
    void theSameRequestInOtherWordsHasTheSameDigest() throws Exception {
        List<String> same = List.of(
                "{\"prompt\":\"cat\",\"image_number\":2,\"async_process\":true}",
                "{\"async_process\":true, \"image_number\":\"2\", \"prompt\":\"cat\"}",
                "{\"image_number\":2.0,\"prompt\":\"cat\",\"async_process\":1,\"sharpness\":2,\"unknown\":1}");
        assertThat(same.stream().map(PresetRequestTest::digest).distinct()).hasSize(1);
        assertThat(digest("{\"prompt\":\"dog\",\"image_number\":2,\"async_process\":true}"))
                .isNotEqualTo(digest(same.get(0)));
        assertThat(digest("{\"prompt\":\"cat\",\"image_number\":2,\"image_seed\":5,\"async_process\":true}"))
                .isNotEqualTo(digest(same.get(0)));
    }

    private static int keys;

    private static String digest(String body) {
        try {
            stage.send(stage.generate(body, "Idempotency-Key", "key " + keys++));
            return stage.store.submitted.poll(30, TimeUnit.SECONDS).terms().digest();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }
}
