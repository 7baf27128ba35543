package dev.darkroom.conformance;

import static dev.darkroom.conformance.ConformanceServer.CAT;
import static dev.darkroom.conformance.ConformanceServer.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageFormat;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FooocusAPI's ways of answering a request for images. */
@ExtendWith(ConformanceServer.Shared.class)
final class GenerateConformanceTest {

    private static final String GENERATE = "/v1/engine/generate";

    private final ConformanceServer server;
    private final Wire ann;

    GenerateConformanceTest(ConformanceServer server) {
        this.server = server;
        ann = server.ann;
    }

    private Wire.Answer stream(JsonObject body) throws Exception {
        return ann.post(GENERATE, body.copy().put("stream_output", true).encode());
    }

    private static List<JsonObject> events(String stream) {
        return stream.lines()
                .filter(line -> line.startsWith("data: {"))
                .map(line -> new JsonObject(line.substring("data: ".length())))
                .toList();
    }

    @Test
    @Fact(
            number = "1.1-1",
            text = "`/v1/engine/generate` answers with and without a slash at its end.",
            insteadOf = "the form without the slash is a 307, on which some clients lose the body")
    void bothFormsOfThePathAnswer() throws Exception {
        for (String path : List.of(GENERATE, GENERATE + "/")) {
            assertThat(ann.post(path, "{\"async_process\":true}").status()).isEqualTo(200);
        }
    }

    @Test
    @Fact(number = "1.1-2", text = "Unknown JSON fields are ignored.")
    void unknownFieldsAreIgnored() throws Exception {
        JsonObject record = ann.finished(CAT.copy().put("no_such_field", new JsonObject().put("x", 1)));
        assertThat(record.getJsonObject("req_params").containsKey("no_such_field"))
                .isFalse();
    }

    @Test
    @Fact(
            number = "1.1-3",
            text = "A body over `http.body-limit` is a 413 that says so.",
            insteadOf = "there is no limit")
    void aBodyOverTheLimitIsRefused() throws Exception {
        Wire.Answer answer = ann.post(GENERATE, "{\"prompt\":\"" + "x".repeat(1_100_000) + "\"}");
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.json().getString("detail")).contains("http.body-limit");
    }

    @Test
    @Fact(
            number = "1.4-1",
            text =
                    "An `Accept` of one image type is answered with the bytes of one image, whatever `image_number` says.")
    void anImageTypeIsAnsweredWithTheBytesOfOneImage() throws Exception {
        Wire.Answer answer =
                ann.post(GENERATE, CAT.copy().put("image_number", 3).encode(), "Accept", "image/png");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("image/png");
        assertThat(new ImageDecoder().format(answer.bytes())).isEqualTo(ImageFormat.PNG);
        JsonObject record = ann.task(answer.header("X-Task-Id"));
        assertThat(record.getJsonArray("result")).hasSize(1);
        assertThat(record.getJsonObject("req_params").getInteger("image_number"))
                .isEqualTo(1);
    }

    @Test
    @Fact(number = "1.4-2", text = "`image/*` and image types that nobody knows mean PNG.")
    void anyOtherImageTypeMeansPng() throws Exception {
        for (String type : List.of("image/*", "image/tiff")) {
            Wire.Answer answer = ann.post(GENERATE, CAT.encode(), "Accept", type);
            assertThat(answer.header("Content-Type")).isEqualTo("image/png");
        }
    }

    @Test
    @Fact(number = "1.4-3", text = "A list of types such as `image/png, */*` does not ask for bytes.")
    void aListOfTypesIsAnsweredWithTheRecord() throws Exception {
        Wire.Answer answer = ann.post(GENERATE, CAT.encode(), "Accept", "image/png, */*");
        assertThat(answer.json().getString("task_status")).isEqualTo("finished");
    }

    @Test
    @Fact(number = "1.4-4", text = "`image/jpg` is answered with a JPEG.", insteadOf = "it is a 500")
    void jpgMeansJpeg() throws Exception {
        Wire.Answer answer = ann.post(GENERATE, CAT.encode(), "Accept", "image/jpg");
        assertThat(answer.header("Content-Type")).isEqualTo("image/jpeg");
        assertThat(new ImageDecoder().format(answer.bytes())).isEqualTo(ImageFormat.JPEG);
    }

    @Test
    @Fact(number = "1.4-5", text = "The file is kept in `output_format`; the reply alone is converted.")
    void theFileKeepsItsFormat() throws Exception {
        Wire.Answer answer =
                ann.post(GENERATE, CAT.copy().put("output_format", "webp").encode(), "Accept", "image/png");
        assertThat(new ImageDecoder().format(answer.bytes())).isEqualTo(ImageFormat.PNG);
        String url = ann.task(answer.header("X-Task-Id")).getJsonArray("result").getString(0);
        assertThat(url).endsWith(".webp");
        assertThat(new ImageDecoder().format(ann.get(url).bytes())).isEqualTo(ImageFormat.WEBP);
    }

    @Test
    @Fact(
            number = "1.4-6",
            text = "Bytes that will never come, since the task was stopped, are a 409 with the reason.",
            insteadOf = "it is an empty 204")
    void bytesThatNeverComeAreToldAs409() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            var later = ann.postLater(GENERATE, LONG.encode(), "Accept", "image/png");
            hold.reached();
            ann.post("/v1/engine/control?action=stop", null);
            hold.stepUntil(() -> ann.get("/health").status() == 200 && later.isDone());
            Wire.Answer answer = later.join();
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.json().getString("detail")).contains("stopped");
        }
    }

    @Test
    @Fact(
            number = "1.4-7",
            text =
                    "A stream is `text/event-stream; charset=utf-8`, `Cache-Control: no-store`, `X-Accel-Buffering: no`.")
    void aStreamHasItsHeaders() throws Exception {
        Wire.Answer answer = stream(CAT);
        assertThat(answer.header("Content-Type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.header("X-Accel-Buffering")).isEqualTo("no");
    }

    @Test
    @Fact(
            number = "1.4-8",
            text = "Each event is a JSON line and an empty data line, ended by CR LF, without `event:` and `id:`.")
    void eachEventIsAJsonLineAndAnEmptyOne() throws Exception {
        String text = stream(CAT).text();
        String[] frames = text.split("\r\n\r\n");
        assertThat(text).endsWith("\r\n\r\n");
        assertThat(frames).hasSizeGreaterThan(2).allSatisfy(frame -> {
            if (!frame.startsWith(":")) {
                assertThat(frame.split("\r\n")).hasSize(2).satisfies(lines -> {
                    assertThat(lines[0]).startsWith("data: {").endsWith("}");
                    assertThat(lines[1]).isEqualTo("data: ");
                });
            }
        });
    }

    @Test
    @Fact(
            number = "1.4-9",
            text = "An event has `progress`, `preview`, `message` and `images`; `images` is empty up to the last event,"
                    + " which has progress 100, no preview, `Finished` and the addresses.")
    void theLastEventHasTheImages() throws Exception {
        List<JsonObject> events =
                events(stream(CAT.copy().put("image_number", 2)).text());
        JsonObject last = events.get(events.size() - 1);
        for (JsonObject event : events) {
            assertThat(event.fieldNames()).isEqualTo(Set.of("progress", "preview", "message", "images"));
            assertThat(event.getInteger("progress")).isBetween(0, 100);
            assertThat(event.getJsonArray("images")).hasSize(event == last ? 2 : 0);
        }
        assertThat(last.getInteger("progress")).isEqualTo(100);
        assertThat(last.getValue("preview")).isNull();
        assertThat(last.getString("message")).isEqualTo("Finished");
        assertThat(ann.get(last.getJsonArray("images").getString(1)).status()).isEqualTo(200);
    }

    @Test
    @Fact(number = "1.4-10", text = "A step's event carries its preview as `data:image/png;base64,...`.")
    void aStepsEventCarriesItsPreview() throws Exception {
        List<JsonObject> events = events(stream(CAT).text());
        assertThat(events).anySatisfy(event -> {
            assertThat(event.getString("message")).startsWith("Sampling step ");
            assertThat(event.getString("preview")).startsWith("data:image/png;base64,iVBOR");
        });
    }

    @Test
    @Fact(number = "1.4-11", text = "A silent stream carries comments that begin with `: ping - `.")
    void aSilentStreamCarriesPings() throws Exception {
        try (ConformanceServer.Hold hold = server.hold();
                InputStream stream =
                        ann.open(GENERATE, CAT.copy().put("stream_output", true).encode())) {
            hold.reached();
            BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            String line = reader.readLine();
            while (line != null && !line.startsWith(": ping - ")) {
                line = reader.readLine();
            }
            assertThat(line).isNotNull();
        }
    }

    @Test
    @Fact(
            number = "1.4-12",
            text = "The stream of a task that fails ends with an event that has `error` and says `Failed: ...`.",
            insteadOf = "it ends as `Finished` with no images")
    void aFailedStreamSaysWhy() throws Exception {
        server.failNext();
        List<JsonObject> events = events(stream(CAT).text());
        JsonObject last = events.get(events.size() - 1);
        assertThat(last.getInteger("progress")).isEqualTo(100);
        assertThat(last.getString("message")).startsWith("Failed: ");
        assertThat(last.getString("error")).isNotEmpty();
        assertThat(last.getJsonArray("images")).isEmpty();
    }

    @Test
    @Fact(number = "1.4-13", text = "`async_process` is answered at once with a placeholder record.")
    void anAsyncRequestIsAnsweredWithAPlaceholder() throws Exception {
        Wire.Answer answer = ann.post(GENERATE, "{\"async_process\":true}");
        assertThat(answer.status()).isEqualTo(200);
        JsonObject placeholder = answer.json();
        String id = placeholder.getString("task_id");
        assertThat(id).matches("[0-9a-f]{32}");
        assertThat(placeholder)
                .isEqualTo(new JsonObject()
                        .put("id", -1)
                        .put("task_id", id)
                        .put("req_params", new JsonObject())
                        .put("in_queue_mills", -1)
                        .put("start_mills", -1)
                        .put("finish_mills", -1)
                        .put("task_status", "pending")
                        .put("progress", -1)
                        .put("preview", "")
                        .put("webhook_url", "")
                        .put("result", new JsonArray()));
    }

    @Test
    @Fact(number = "1.4-14", text = "Without any of these the record comes when the task is done, without `preview`.")
    void aSyncRequestIsAnsweredWithTheRecord() throws Exception {
        JsonObject record = ann.finished(CAT);
        assertThat(record.containsKey("preview")).isFalse();
        assertThat(record.getValue("progress")).isEqualTo(100);
        assertThat(record.getString("task_status")).isEqualTo("finished");
    }

    @Test
    @Fact(number = "1.4-15", text = "`Accept` goes before `stream_output`, and that before `async_process`.")
    void acceptGoesBeforeStreamBeforeAsync() throws Exception {
        JsonObject all = CAT.copy().put("stream_output", true).put("async_process", true);
        assertThat(ann.post(GENERATE, all.encode(), "Accept", "image/webp").header("Content-Type"))
                .isEqualTo("image/webp");
        assertThat(ann.post(GENERATE, all.encode(), "Accept", "application/json")
                        .header("Content-Type"))
                .startsWith("text/event-stream");
    }

    @Test
    @Fact(
            number = "1.4-16",
            text = "A request without an `Accept` header is answered like one that accepts everything.",
            insteadOf = "it is a 500")
    void aRequestWithoutAcceptIsAnswered() throws Exception {
        assertThat(ann.post(GENERATE, CAT.encode()).status()).isEqualTo(200);
    }

    @Test
    @Fact(
            number = "1.4-17",
            text = "Every answer names its task in `X-Task-Id`.",
            insteadOf = "a stream and an image never tell their task")
    void everyAnswerNamesItsTask() throws Exception {
        assertThat(stream(CAT).header("X-Task-Id")).matches("[0-9a-f]{32}");
        assertThat(ann.post(GENERATE, CAT.encode(), "Accept", "image/png").header("X-Task-Id"))
                .matches("[0-9a-f]{32}");
        assertThat(ann.post(GENERATE, CAT.encode()).header("X-Task-Id")).matches("[0-9a-f]{32}");
    }

    @Test
    @Fact(
            number = "1.4-18",
            text = "A waiting client hears of a failed task as a JSON 500 with the reason.",
            insteadOf = "a failed task is `finished` with no images")
    void aFailedTaskIsA500WithItsReason() throws Exception {
        server.failNext();
        Wire.Answer answer = ann.post(GENERATE, CAT.encode());
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.json().getString("detail")).isNotEmpty();
        assertThat(answer.json().getString("task_id")).isEqualTo(answer.header("X-Task-Id"));
    }

    @Test
    @Fact(
            number = "1.14-1",
            text = "Steps are told as `Sampling step s/S, image i/N ...`, and progress never goes back.")
    void stepsAreToldInFooocusWords() throws Exception {
        List<JsonObject> events =
                events(stream(CAT.copy().put("image_number", 2)).text());
        assertThat(events).extracting(event -> event.getInteger("progress")).isSorted();
        assertThat(events)
                .extracting(event -> event.getString("message"))
                .contains("Sampling step 1/4, image 1/2 ...", "Sampling step 4/4, image 2/2 ...");
    }

    @Test
    @Fact(
            number = "1.14-2",
            text = "The first event, `Waiting for task to start ...`, is there at once.",
            insteadOf = "nothing is sent before the task runs, and then five events a second")
    void theFirstEventIsThereAtOnce() throws Exception {
        try (ConformanceServer.Hold hold = server.hold();
                InputStream stream =
                        ann.open(GENERATE, CAT.copy().put("stream_output", true).encode())) {
            BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            assertThat(reader.readLine()).contains("\"message\":\"Waiting for task to start ...\"");
            hold.reached();
        }
    }
}
