package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.ModelMessage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRoutesTest {

    @TempDir
    Path folder;

    @Test
    void aRescanTellsHowEachModelStandsAndGivesRefusedOnesAnotherTry() throws Exception {
        try (HttpStage stage = new HttpStage(folder, Map.of())) {
            BlockingQueue<ModelMessage> asked = new LinkedBlockingQueue<>();
            stage.vertx
                    .eventBus()
                    .<ModelMessage>localConsumer(Addresses.MODELS, message -> {
                        asked.add(message.body());
                        message.reply(stage.catalogue);
                    })
                    .completion()
                    .await(20, TimeUnit.SECONDS);
            HttpRequest.Builder rescan =
                    stage.request("/v1/engines/models/rescan").POST(HttpRequest.BodyPublishers.noBody());
            // the stage answers, too, so that every other question comes to this test
            JsonObject answer = stage.json(rescan);
            assertThat(stage.json(rescan)).isEqualTo(answer);
            assertThat(asked).containsExactly(new ModelMessage.Rescan(true));
            assertThat(answer)
                    .isEqualTo(new JsonObject()
                            .put("default_model", "tiny")
                            .put(
                                    "models",
                                    new JsonArray()
                                            .add(new JsonObject()
                                                    .put("name", "tiny")
                                                    .put("state", "ready")
                                                    .put("problem", null)
                                                    .put("description", ""))
                                            .add(new JsonObject()
                                                    .put("name", "bad")
                                                    .put("state", "refused")
                                                    .put("problem", "it has no UNet")
                                                    .put("description", ""))));
        }
    }

    @Test
    void anUnknownModelsRefusalNamesTheCommandThatBringsOne() throws Exception {
        try (HttpStage stage = new HttpStage(folder, Map.of())) {
            HttpResponse<String> response = stage.send(stage.generate("{\"base_model_name\": \"other\"}"));
            assertThat(response.statusCode()).isEqualTo(422);
            assertThat(response.body())
                    .contains("there is no model", "known are [tiny]", "darkroom models add <url or path>");
        }
    }
}
