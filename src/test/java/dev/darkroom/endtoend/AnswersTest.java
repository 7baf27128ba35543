package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.BlockedThreadWatch;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The three ways of answering, and failures, from the POST through ONNX Runtime and PostgreSQL to the file. */
@ExtendWith(BlockedThreadWatch.class)
final class AnswersTest {

    private static final int STEPS = 5;
    private static final JsonObject CAT =
            new JsonObject().put("prompt", "a cat").put("image_seed", 7);

    @TempDir
    static Path home;

    private static RunningServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        String defaults = "{\"steps\": " + STEPS + "}";
        TinyPipeline.write(
                home.resolve("models"), "tiny", TinyPipeline.options().darkroomJson(defaults));
        TinyPipeline.write(
                home.resolve("models"),
                "broken",
                TinyPipeline.options().fault(TinyPipeline.Fault.NAN).darkroomJson(defaults));
        server = RunningServer.start(home, Map.of("models.default", "tiny"));
        client = server.client;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void anImageTypeIsAnsweredWithTheBytesInThatFormat() throws Exception {
        ImageDecoder decoder = new ImageDecoder();
        Map<String, ImageFormat> formats = Map.of(
                "image/png", ImageFormat.PNG,
                "image/jpeg", ImageFormat.JPEG,
                "image/webp", ImageFormat.WEBP,
                "image/avif", ImageFormat.PNG);
        for (var wanted : formats.entrySet()) {
            HttpResponse<byte[]> answer =
                    client.bytes(client.generate(CAT.copy().put("image_number", 3), wanted.getKey()));
            assertThat(answer.statusCode()).as(wanted.getKey()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type"))
                    .contains(wanted.getValue().mediaType());
            assertThat(decoder.format(answer.body())).isEqualTo(wanted.getValue());
            assertThat(decoder.decode(answer.body()).width()).isEqualTo(64);
            JsonObject record =
                    client.task(answer.headers().firstValue("X-Task-Id").orElseThrow());
            assertThat(record.getJsonArray("result")).hasSize(1);
        }
    }

    @Test
    void aPromptThatIsTooLongIsNotedInTheRecord() throws Exception {
        String fourteenWords = "a red cat and a blue dog in a green house and the sun";
        JsonObject bare = CAT.copy().put("style_selections", new JsonArray());
        JsonObject fits = new JsonObject(client.send(client.generate(bare.copy().put("prompt", fourteenWords)))
                .body());
        assertThat(fits.containsKey("notes")).isFalse();
        JsonObject cut = new JsonObject(
                client.send(client.generate(bare.copy().put("prompt", fourteenWords + " (apple:1.2) tree")))
                        .body());
        assertThat(cut.getJsonArray("notes"))
                .containsExactly("The prompt is longer than what the model reads; from \"apple\" on it was left out.");
    }

    @Test
    void aStreamTellsEveryStepWithItsPreviewAndEndsWithTheImages() throws Exception {
        HttpResponse<String> answer = client.send(client.generate(CAT.copy().put("stream_output", true)));
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
        List<JsonObject> events = answer.body()
                .lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> new JsonObject(line.substring("data: ".length())))
                .toList();
        List<String> steps = new ArrayList<>();
        for (JsonObject event : events) {
            String message = event.getString("message");
            if (message.startsWith("Sampling step")) {
                steps.add(message);
                String preview = event.getString("preview");
                assertThat(preview).as(message).startsWith("data:image/png;base64,");
                byte[] png = Base64.getDecoder().decode(preview.substring("data:image/png;base64,".length()));
                assertThat(new ImageDecoder().decode(png).width()).isPositive();
            }
        }
        assertThat(steps).hasSize(STEPS).doesNotHaveDuplicates();
        assertThat(events).extracting(event -> event.getInteger("progress")).isSorted();
        JsonObject last = events.get(events.size() - 1);
        assertThat(last.getString("message")).isEqualTo("Finished");
        assertThat(last.getInteger("progress")).isEqualTo(100);
        assertThat(picture(last.getJsonArray("images").getString(0))).isNotEmpty();
    }

    @Test
    void theRecordComesWhenDoneAndThePlaceholderAtOnceAndBothNameTheSamePicture() throws Exception {
        HttpResponse<String> answer = client.send(client.generate(CAT));
        JsonObject sync = new JsonObject(answer.body());
        assertThat(sync.getString("task_status")).isEqualTo("finished");
        assertThat(sync.getString("task_id"))
                .isEqualTo(answer.headers().firstValue("X-Task-Id").orElseThrow());
        JsonObject async = client.ended(client.queue(CAT));
        assertThat(async.getString("task_status")).isEqualTo("finished");
        // the seed is the same, and so is all that is written into the file
        assertThat(picture(url(async, 0))).isEqualTo(picture(url(sync, 0)));
        assertThat(url(async, 0)).isNotEqualTo(url(sync, 0));
    }

    @Test
    void imageOneOfSeedSevenIsImageZeroOfSeedEight() throws Exception {
        JsonObject two = new JsonObject(
                client.send(client.generate(CAT.copy().put("image_number", 2))).body());
        JsonObject eight = new JsonObject(
                client.send(client.generate(CAT.copy().put("image_seed", 8))).body());
        assertThat(two.getJsonArray("result")).hasSize(2);
        assertThat(picture(url(two, 1))).isEqualTo(picture(url(eight, 0))).isNotEqualTo(picture(url(two, 0)));
    }

    @Test
    void aModelThatComputesNaNFailsItsTaskAloneAndTheNextSucceeds() throws Exception {
        JsonObject request = CAT.copy().put("base_model_name", "broken");
        HttpResponse<String> answer = client.send(client.generate(request));
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("application/json");
        JsonObject record = client.task(answer.headers().firstValue("X-Task-Id").orElseThrow());
        assertThat(record.getString("status")).isEqualTo("failed");
        assertThat(record.getString("error")).contains("NaN");
        HttpResponse<String> stream = client.send(client.generate(request.copy().put("stream_output", true)));
        assertThat(stream.body()).contains("Failed: ").doesNotContain("\"Finished\"");
        assertThat(client.send(client.generate(CAT)).statusCode()).isEqualTo(200);
    }

    @Test
    void aDayFolderThatCanNotBeWrittenFailsTheTaskAndTheNextSucceeds() throws Exception {
        client.send(client.generate(CAT));
        Path day;
        try (Stream<Path> days = Files.list(server.outputs())) {
            day = days.filter(Files::isDirectory).findFirst().orElseThrow();
        }
        Path aside = Files.move(day, server.outputs().resolve("aside"));
        Files.writeString(day, "in the way");
        try {
            HttpResponse<String> answer = client.send(client.generate(CAT));
            assertThat(answer.statusCode()).isEqualTo(500);
            JsonObject record =
                    client.task(answer.headers().firstValue("X-Task-Id").orElseThrow());
            assertThat(record.getString("error")).startsWith("The image could not be saved");
        } finally {
            Files.delete(day);
            Files.move(aside, day);
        }
        assertThat(client.send(client.generate(CAT)).statusCode()).isEqualTo(200);
    }

    private static String url(JsonObject record, int image) {
        return record.getJsonArray("result").getString(image);
    }

    /** Returns the pixels, since what the file says of the request differs. */
    private static byte[] picture(String url) throws Exception {
        HttpResponse<byte[]> answer = client.bytes(url);
        assertThat(answer.statusCode()).isEqualTo(200);
        return new ImageDecoder().decode(answer.body()).rgb();
    }
}
