package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.NewTask;
import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import dev.darkroom.testing.BlockedThreadWatch;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.DatabindCodec;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BlockedThreadWatch.class)
final class GenerateTest {

    @TempDir
    static Path folder;

    private static HttpStage stage;

    @BeforeAll
    static void open() throws Exception {
        stage = new HttpStage(
                folder,
                Map.of(
                        "models.aliases",
                        Map.of("nice", "tiny"),
                        "http.abandon-after",
                        "300 ms",
                        "http.body-limit",
                        100_000));
    }

    @AfterAll
    static void close() {
        stage.close();
    }

    @BeforeEach
    void heal() {
        stage.store.failure = null;
        stage.store.submitted.clear();
        stage.store.stops.clear();
    }

    @Test
    void anAsyncRequestGetsThePlaceholderAtOnce() throws Exception {
        HttpResponse<String> answer = stage.send(stage.generate("{\"prompt\":\"cat\",\"async_process\":\"true\"}"));
        TaskId task = stage.submitted();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Task-Id")).contains(task.hex());
        assertThat(new JsonObject(answer.body()))
                .isEqualTo(new JsonObject()
                        .put("id", -1)
                        .put("task_id", task.hex())
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
    void theStoredRequestIsCompleteAndPadded() throws Exception {
        stage.send(stage.generate("""
                {"prompt":"a \\"cat\\" × ☃","aspect_ratios_selection":"640*448","image_number":"2","sharpness":"3",
                 "save_metadata_to_images":0,"async_process":1,"metadata_scheme":"a111","unknown":{"x":1},
                 "loras":[{"enabled":false,"model_name":"l","weight":"0.25"}],"image_seed":99999999999999999999}"""));
        NewTask task = stage.store.submitted.poll(10, TimeUnit.SECONDS);
        JsonObject request = new JsonObject(task.requestJson());
        assertThat(request.fieldNames()).hasSize(84).doesNotContain("unknown");
        assertThat(request.getString("prompt")).isEqualTo("a \"cat\" × ☃");
        assertThat(request.getString("aspect_ratios_selection")).isEqualTo("640×448");
        assertThat(request.getLong("image_number")).isEqualTo(2);
        assertThat(task.images()).isEqualTo(2);
        assertThat(request.getDouble("sharpness")).isEqualTo(3.0);
        assertThat(request.getBoolean("save_metadata_to_images")).isFalse();
        assertThat(request.getString("metadata_scheme")).isEqualTo("a1111");
        assertThat(request.getLong("image_seed")).isNotNegative();
        assertThat(request.getJsonArray("loras")).hasSize(15);
        assertThat(request.getJsonArray("loras").encode()).startsWith("[false,\"l\",0.25,true,\"None\",1.0,");
        assertThat(request.getJsonArray("controlnet_image")).hasSize(4);
        assertThat(request.getJsonArray("controlnet_image").getJsonObject(3))
                .isEqualTo(new JsonObject(
                        "{\"cn_img\":\"\",\"cn_stop\":0.6,\"cn_weight\":0.6,\"cn_type\":\"ImagePrompt\"}"));
        assertThat(request.getJsonArray("enhance_ctrls")).hasSize(3);
        assertThat(request.getJsonArray("enhance_ctrls").getJsonObject(0).fieldNames())
                .hasSize(16);
        assertThat(request.getBoolean("input_image_checkbox")).isTrue();
        assertThat(request.getString("uov_input_image")).isEmpty();
        assertThat(request.getValue("save_name")).isNull();
        assertThat(task.model()).isEqualTo("tiny");
        TaskRequest read = DatabindCodec.mapper().readValue(task.requestJson(), TaskRequest.class);
        assertThat(read.imageNumber()).isEqualTo(2);
        assertThat(read.styleSelections()).hasSize(3);
    }

    @Test
    void theRecordComesWhenTheTaskIsDone() throws Exception {
        for (String path : List.of("/v1/engine/generate", "/v1/engine/generate/")) {
            CompletableFuture<HttpResponse<String>> later = stage.sendLater(stage.request(path)
                    .header("Content-Type", "application/json; charset=utf-8")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"prompt\":\"cat\",\"webhook_url\":\"https://example.org/a\\\"b\"}")));
            TaskId task = stage.submitted();
            stage.run(task);
            stage.step(task, 1, new byte[10]);
            assertThat(later).isNotDone();
            SavedImage image = stage.finish(task);
            HttpResponse<String> answer = later.get(30, TimeUnit.SECONDS);
            JsonObject record = new JsonObject(answer.body());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("X-Task-Id")).contains(task.hex());
            assertThat(record.getString("task_id")).isEqualTo(task.hex());
            assertThat(record.getString("task_status")).isEqualTo("finished");
            assertThat(record.getInteger("progress")).isEqualTo(100);
            assertThat(record.getString("webhook_url")).isEqualTo("https://example.org/a\"b");
            assertThat(record.fieldNames()).doesNotContain("preview");
            assertThat(record.getJsonObject("req_params").getString("prompt")).isEqualTo("cat");
            assertThat(record.getJsonArray("result")).containsExactly(stage.base() + "/outputs/" + image.path());
        }
    }

    @Test
    void acceptWinsOverStreamAndStreamOverAsync() throws Exception {
        String all = "{\"stream_output\":true,\"async_process\":true,\"image_number\":4}";
        CompletableFuture<HttpResponse<byte[]>> later = stage.client.sendAsync(
                stage.generate(all, "Accept", "image/jpg").build(), HttpResponse.BodyHandlers.ofByteArray());
        NewTask task = stage.store.submitted.poll(10, TimeUnit.SECONDS);
        assertThat(task.images()).isEqualTo(1);
        stage.run(task.taskId());
        stage.finish(task.taskId());
        HttpResponse<byte[]> image = later.get(30, TimeUnit.SECONDS);
        assertThat(image.headers().firstValue("content-type")).contains("image/jpeg");
        assertThat(new ImageDecoder().format(image.body())).isEqualTo(ImageFormat.JPEG);

        CompletableFuture<HttpResponse<String>> stream = stage.sendLater(stage.generate(all));
        stage.finish(stage.submitted());
        assertThat(stream.get(30, TimeUnit.SECONDS).headers().firstValue("content-type"))
                .contains("text/event-stream; charset=utf-8");
    }

    @Test
    void otherImageTypesMeanPng() throws Exception {
        CompletableFuture<HttpResponse<byte[]>> later = stage.client.sendAsync(
                stage.generate("{}", "Accept", "image/*").build(), HttpResponse.BodyHandlers.ofByteArray());
        stage.finish(stage.submitted());
        HttpResponse<byte[]> image = later.get(30, TimeUnit.SECONDS);
        assertThat(image.headers().firstValue("content-type")).contains("image/png");
        assertThat(new ImageDecoder().format(image.body())).isEqualTo(ImageFormat.PNG);
    }

    @Test
    void aFailedTaskIsA500WithItsReason() throws Exception {
        for (String accept : List.of("*/*", "image/png")) {
            CompletableFuture<HttpResponse<String>> later = stage.sendLater(stage.generate("{}", "Accept", accept));
            TaskId task = stage.submitted();
            stage.end(task, TaskState.FAILED, TaskResult.EMPTY, "The disk is full.");
            HttpResponse<String> answer = later.get(30, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.headers().firstValue("X-Task-Id")).contains(task.hex());
            assertThat(new JsonObject(answer.body()))
                    .isEqualTo(
                            new JsonObject().put("detail", "The disk is full.").put("task_id", task.hex()));
        }
    }

    @Test
    void aStoppedTaskIsARecordOrAClearRefusalOfItsImage() throws Exception {
        CompletableFuture<HttpResponse<String>> record = stage.sendLater(stage.generate("{}"));
        stage.end(stage.submitted(), TaskState.STOPPED, TaskResult.EMPTY, null);
        JsonObject stopped = new JsonObject(record.get(30, TimeUnit.SECONDS).body());
        assertThat(stopped.getString("task_status")).isEqualTo("stop");
        assertThat(stopped.getJsonArray("result")).isEmpty();

        CompletableFuture<HttpResponse<String>> image = stage.sendLater(stage.generate("{}", "Accept", "image/png"));
        stage.end(stage.submitted(), TaskState.STOPPED, TaskResult.EMPTY, null);
        assertThat(image.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(409);
    }

    @Test
    void anEndThatNobodyToldIsFoundInTheRow() throws Exception {
        CompletableFuture<HttpResponse<String>> later = stage.sendLater(stage.generate("{}"));
        TaskId task = stage.submitted();
        stage.store.put(task, TaskState.FINISHED, TaskResult.EMPTY, null);
        assertThat(new JsonObject(later.get(30, TimeUnit.SECONDS).body()).getString("task_id"))
                .isEqualTo(task.hex());
    }

    @Test
    void theSameIdempotencyKeyMakesOneTask() throws Exception {
        String body = "{\"async_process\":true}";
        String first = stage.json(stage.generate(body, "Idempotency-Key", "k1")).getString("task_id");
        String second =
                stage.json(stage.generate(body, "Idempotency-Key", "k1")).getString("task_id");
        assertThat(second).isEqualTo(first);
        stage.end(new TaskId(first), TaskState.FINISHED, TaskResult.EMPTY, null);
        JsonObject third = stage.json(stage.generate("{}", "Idempotency-Key", "k1"));
        assertThat(third.getString("task_id")).isEqualTo(first);
    }

    @Test
    void modelsAreFoundByNameAliasAndStockDefault() throws Exception {
        for (String name : List.of("tiny", "nice", "None", "", "juggernautXL_v8Rundiffusion.safetensors")) {
            JsonObject body = new JsonObject().put("base_model_name", name).put("async_process", true);
            assertThat(stage.send(stage.generate(body.encode())).statusCode()).isEqualTo(200);
            assertThat(stage.store.submitted.poll(10, TimeUnit.SECONDS).model()).isEqualTo("tiny");
        }
        JsonObject detail = detail("{\"base_model_name\":\"other\"}");
        assertThat(detail.getJsonArray("loc")).containsExactly("body", "base_model_name");
        assertThat(detail.getString("msg")).contains("other").contains("[tiny]");
        assertThat(detail("{\"base_model_name\":\"bad\"}").getString("msg")).contains("it has no UNet");
    }

    @Test
    void whatThisVersionCannotDoIsNamed() throws Exception {
        for (String field :
                List.of("uov_input_image", "inpaint_input_image", "inpaint_mask_image_upload", "enhance_input_image")) {
            assertThat(detail("{\"" + field + "\":\"aGVsbG8=\"}").getJsonArray("loc"))
                    .containsExactly("body", field);
            for (String none : List.of("null", "\"\"", "\"None\"", "\"none\"", "\"null\"", "\"string\"")) {
                String body = "{\"async_process\":true,\"" + field + "\":" + none + "}";
                assertThat(stage.send(stage.generate(body)).statusCode()).isEqualTo(200);
            }
        }
        assertThat(detail("{\"controlnet_image\":[{},{\"cn_img\":\"http://x/y.png\"}]}")
                        .getJsonArray("loc"))
                .containsExactly("body", "controlnet_image", 1, "cn_img");
        assertThat(detail("{\"style_selections\":[\"Fooocus V2\",\"Nope\"]}").getJsonArray("loc"))
                .containsExactly("body", "style_selections", 1);
        assertThat(detail("{\"sampler_name\":\"magic\"}").getString("type")).isEqualTo("enum");
        assertThat(detail("{\"aspect_ratios_selection\":\"wide\"}").getJsonArray("loc"))
                .containsExactly("body", "aspect_ratios_selection");
    }

    @Test
    void storeFailuresHaveTheirStatuses() throws Exception {
        stage.store.failure = BusFailure.QUEUE_FULL;
        for (String body : List.of("{}", "{\"stream_output\":true}", "{\"async_process\":true}")) {
            HttpResponse<String> full = stage.send(stage.generate(body));
            assertThat(full.statusCode()).isEqualTo(429);
            assertThat(full.headers().firstValue("Retry-After")).isPresent();
        }
        stage.store.failure = BusFailure.STORE_UNAVAILABLE;
        assertThat(stage.send(stage.generate("{}")).statusCode()).isEqualTo(503);
        stage.store.failure = BusFailure.INTERNAL;
        HttpResponse<String> defect = stage.send(stage.generate("{}"));
        assertThat(defect.statusCode()).isEqualTo(500);
        assertThat(defect.body()).isEqualTo("{\"detail\":\"Internal Server Error\"}");
    }

    @Test
    void whatIsTooLargeAndNeverEndsIsCutOff() throws Exception {
        for (String type : List.of("application/json", "multipart/form-data; boundary=edge")) {
            String path = type.startsWith("multipart") ? "/v1/tools/png-info" : "/v1/engine/generate";
            String head = "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
                    .formatted(path, type);
            String part = "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n";
            String body = part + "x".repeat(200_000);
            try (Socket socket = stage.raw(head + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n")) {
                // the body has no end, and yet the connection has
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertThat(answer).startsWith("HTTP/1.1 413 ").contains("http.body-limit");
            }
        }
    }

    @Test
    void aBodyOverTheLimitIs413() throws Exception {
        HttpResponse<String> answer = stage.send(stage.generate("{\"prompt\":\"" + "x".repeat(200_000) + "\"}"));
        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(new JsonObject(answer.body()).getString("detail")).contains("http.body-limit");
    }

    @Test
    void wrongMethodsAndPathsAreJson() throws Exception {
        HttpResponse<String> method =
                stage.send(stage.request("/v1/engine/generate").GET());
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(new JsonObject(method.body()).getString("detail")).isEqualTo("Method Not Allowed");
        HttpResponse<String> path = stage.send(stage.request("/nowhere").GET());
        assertThat(path.statusCode()).isEqualTo(404);
        assertThat(new JsonObject(path.body()).getString("detail")).isEqualTo("Not Found");
    }

    private static JsonObject detail(String body) throws Exception {
        HttpResponse<String> answer = stage.send(stage.generate(body));
        assertThat(answer.statusCode()).as(body).isEqualTo(422);
        return new JsonObject(answer.body()).getJsonArray("detail").getJsonObject(0);
    }
}
