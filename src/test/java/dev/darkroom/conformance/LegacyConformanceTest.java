package dev.darkroom.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageFormat;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The older Fooocus-API on its own port: its paths, and its ways of answering a request for images. */
@ExtendWith(ConformanceServer.Shared.class)
final class LegacyConformanceTest {

    static final String TEXT = "/v1/generation/text-to-image";
    static final JsonObject CAT = new JsonObject()
            .put("prompt", "a cat")
            .put("image_seed", 7)
            .put("advanced_params", new JsonObject().put("overwrite_step", 4));

    private final ConformanceServer server;
    private final Wire legacy;

    LegacyConformanceTest(ConformanceServer server) {
        this.server = server;
        legacy = server.legacy;
    }

    private String queue(JsonObject request) throws Exception {
        return legacy.post(TEXT, request.copy().put("async_process", true).encode())
                .json()
                .getString("job_id");
    }

    private static String query(String job) {
        return "/v1/generation/query-job?job_id=" + job;
    }

    private JsonObject ended(String job) throws Exception {
        return legacy.await(
                query(job), job, answer -> List.of("SUCCESS", "ERROR").contains(answer.getString("job_stage")));
    }

    @Test
    @Fact(
            number = "2.1-1",
            text =
                    "Without its key every path is a 403 `{\"detail\":\"Forbidden\"}`, `/ping` too; `/files`, `/docs` and `/openapi.json` need none.")
    void aKeyIsNeeded() throws Exception {
        for (String path : List.of("/ping", "/v1/engines/styles", "/v1/generation/job-queue")) {
            Wire.Answer answer = server.legacyNobody.get(path);
            assertThat(answer.status()).as(path).isEqualTo(403);
            assertThat(answer.text()).isEqualTo("{\"detail\":\"Forbidden\"}");
        }
        for (String path : List.of("/docs", "/openapi.json")) {
            assertThat(server.legacyNobody.get(path).status()).as(path).isEqualTo(200);
        }
        assertThat(server.legacyNobody.get("/files/2026-01-01/none.png").status())
                .isEqualTo(404);
    }

    @Test
    @Fact(number = "2.1-2", text = "`/` is a page that leads to `/docs`.")
    void theFirstPageLeadsToTheDocs() throws Exception {
        Wire.Answer answer = legacy.get("/");
        assertThat(answer.header("Content-Type")).startsWith("text/html");
        assertThat(answer.text()).contains("href=\"/docs\"");
    }

    @Test
    @Fact(number = "2.2-1", text = "`/ping` answers `\"pong\"`.")
    void pingAnswersPong() throws Exception {
        assertThat(legacy.get("/ping").text()).isEqualTo("\"pong\"");
    }

    @Test
    @Fact(number = "2.2-2", text = "`/openapi.json` of its port has every path of the older API.")
    void theContractHasEveryPath() throws Exception {
        assertThat(legacy.get("/openapi.json").json().getJsonObject("paths").fieldNames())
                .contains(
                        "/ping",
                        TEXT,
                        "/v1/generation/image-upscale-vary",
                        "/v1/generation/image-inpaint-outpaint",
                        "/v1/generation/image-prompt",
                        "/v1/generation/image-enhance",
                        "/v2/generation/text-to-image-with-ip",
                        "/v2/generation/image-upscale-vary",
                        "/v2/generation/image-inpaint-outpaint",
                        "/v2/generation/image-prompt",
                        "/v2/generation/image-enhance",
                        "/v1/tools/describe-image",
                        "/v1/tools/generate_mask",
                        "/v1/generation/stop",
                        "/v1/generation/query-job",
                        "/v1/generation/job-queue",
                        "/v1/generation/job-history",
                        "/v1/engines/all-models",
                        "/v1/engines/styles",
                        "/v1/engines/clean_vram",
                        "/files/{date}/{file_name}");
    }

    @Test
    @Fact(
            number = "2.2-3",
            text =
                    "`all-models` and `styles` are as in FooocusAPI; `POST refresh-models`, which older clients call, is as `all-models`.")
    void modelsAndStylesAreListed() throws Exception {
        assertThat(legacy.get("/v1/engines/all-models").text())
                .isEqualTo(server.ann.get("/v1/engines/all-models").text())
                .isEqualTo(legacy.post("/v1/engines/refresh-models", null).text());
        assertThat(legacy.get("/v1/engines/styles").text())
                .isEqualTo(server.ann.get("/v1/engines/styles").text());
    }

    @Test
    @Fact(
            number = "2.2-4",
            text = "`clean_vram` is a 200 with a message.",
            insteadOf = "it unloads every model for everybody")
    void cleaningAnswersAMessage() throws Exception {
        assertThat(legacy.get("/v1/engines/clean_vram").json().getString("message"))
                .isNotEmpty();
    }

    @Test
    @Fact(number = "2.2-5", text = "The query's `accept` goes before the header.")
    void theQuerysAcceptGoesFirst() throws Exception {
        Wire.Answer answer = legacy.post(TEXT + "?accept=image/png", CAT.encode(), "Accept", "application/json");
        assertThat(answer.header("Content-Type")).isEqualTo("image/png");
    }

    @Test
    @Fact(
            number = "2.4-1",
            text =
                    "A sync answer is a list of results with `base64`, `url`, `seed` as text, and `finish_reason` `SUCCESS`.")
    void aSyncAnswerIsAListOfResults() throws Exception {
        Wire.Answer answer = legacy.post(TEXT, CAT.copy().put("image_number", 2).encode());
        assertThat(answer.status()).isEqualTo(200);
        JsonArray results = answer.array();
        assertThat(results).hasSize(2);
        for (int i = 0; i < 2; i++) {
            JsonObject result = results.getJsonObject(i);
            assertThat(result.fieldNames()).containsExactlyInAnyOrder("base64", "url", "seed", "finish_reason");
            assertThat(result.getValue("base64")).isNull();
            assertThat(result.getValue("seed")).isEqualTo(Integer.toString(7 + i));
            assertThat(result.getString("finish_reason")).isEqualTo("SUCCESS");
            assertThat(legacy.get(result.getString("url")).status()).isEqualTo(200);
        }
    }

    @Test
    @Fact(number = "2.4-2", text = "With `require_base64` results carry `data:image/{ext};base64,...`.")
    void base64ComesWhenAskedFor() throws Exception {
        JsonObject result = legacy.post(
                        TEXT, CAT.copy().put("require_base64", true).encode())
                .array()
                .getJsonObject(0);
        String data = result.getString("base64");
        assertThat(data).startsWith("data:image/png;base64,");
        byte[] picture = Base64.getDecoder().decode(data.substring(data.indexOf(',') + 1));
        assertThat(picture).isEqualTo(legacy.get(result.getString("url")).bytes());
    }

    @Test
    @Fact(number = "2.4-3", text = "`require_base64` works with `save_extension` `jpg` too.", insteadOf = "it is a 500")
    void base64OfJpgWorks() throws Exception {
        JsonObject request = CAT.copy().put("require_base64", true).put("save_extension", "jpg");
        String data =
                legacy.post(TEXT, request.encode()).array().getJsonObject(0).getString("base64");
        assertThat(data).startsWith("data:image/jpeg;base64,");
    }

    @Test
    @Fact(number = "2.4-4", text = "`Accept: image/png` is answered with the bytes of one image.")
    void anImageTypeIsAnsweredWithBytes() throws Exception {
        Wire.Answer answer = legacy.post(TEXT, CAT.copy().put("image_number", 3).encode(), "Accept", "image/png");
        assertThat(answer.header("Content-Type")).isEqualTo("image/png");
        assertThat(new ImageDecoder().format(answer.bytes())).isEqualTo(ImageFormat.PNG);
    }

    @Test
    @Fact(
            number = "2.4-5",
            text = "Other image types are answered with bytes of that type.",
            insteadOf = "they are answered with JSON")
    void otherImageTypesAreAnsweredToo() throws Exception {
        Wire.Answer answer = legacy.post(TEXT, CAT.encode(), "Accept", "image/webp");
        assertThat(new ImageDecoder().format(answer.bytes())).isEqualTo(ImageFormat.WEBP);
    }

    @Test
    @Fact(
            number = "2.4-6",
            text =
                    "`async_process` is answered with a job: a UUID with dashes, `Text to Image`, `WAITING`, 0 and nulls.")
    void anAsyncRequestIsAnsweredWithAJob() throws Exception {
        JsonObject job = legacy.post(TEXT, CAT.copy().put("async_process", true).encode())
                .json();
        String id = job.getString("job_id");
        assertThat(UUID.fromString(id).toString()).isEqualTo(id);
        assertThat(job)
                .isEqualTo(new JsonObject()
                        .put("job_id", id)
                        .put("job_type", "Text to Image")
                        .put("job_stage", "WAITING")
                        .put("job_progress", 0)
                        .putNull("job_status")
                        .putNull("job_step_preview")
                        .putNull("job_result"));
    }

    @Test
    @Fact(number = "2.5-2", text = "Files are `/files/{YYYY-MM-DD}/{job_id or save_name}-{n}.{ext}`.")
    void filesAreNamedAfterTheirJob() throws Exception {
        String job = queue(CAT);
        String url = ended(job).getJsonArray("job_result").getJsonObject(0).getString("url");
        assertThat(url).matches(legacy.base + "/files/\\d{4}-\\d\\d-\\d\\d/" + job + "-0\\.png");
        String named = ended(queue(CAT.copy().put("save_name", "legacy")))
                .getJsonArray("job_result")
                .getJsonObject(0)
                .getString("url");
        assertThat(named).matches(".*/legacy-0(-\\d+)?\\.png");
    }

    @Test
    @Fact(number = "2.4-8", text = "A finished job is `SUCCESS`, 100, `Finished`, with its results.")
    void aFinishedJobHasItsResults() throws Exception {
        JsonObject job = ended(queue(CAT));
        assertThat(job.getString("job_stage")).isEqualTo("SUCCESS");
        assertThat(job.getInteger("job_progress")).isEqualTo(100);
        assertThat(job.getString("job_status")).isEqualTo("Finished");
        assertThat(job.getJsonArray("job_result").getJsonObject(0).getString("finish_reason"))
                .isEqualTo("SUCCESS");
    }

    @Test
    @Fact(
            number = "2.4-10",
            text = "A failed job is `ERROR` with the reason in `job_status`.",
            insteadOf = "the reason is never told")
    void aFailedJobSaysWhy() throws Exception {
        server.failNext();
        JsonObject job = ended(queue(CAT));
        assertThat(job.getString("job_stage")).isEqualTo("ERROR");
        assertThat(job.getString("job_status")).isNotEmpty();
        assertThat(job.getValue("job_result")).isNull();
    }

    @Test
    @Fact(
            number = "2.4-11",
            text = "A failed sync call is a 500 whose one result has `finish_reason` `ERROR` and `error`.",
            insteadOf = "it is a 200 with an empty list")
    void aFailedSyncCallSaysWhy() throws Exception {
        server.failNext();
        Wire.Answer answer = legacy.post(TEXT, CAT.encode());
        assertThat(answer.status()).isEqualTo(500);
        JsonObject result = answer.array().getJsonObject(0);
        assertThat(result.getString("finish_reason")).isEqualTo("ERROR");
        assertThat(result.getString("error")).isNotEmpty();
    }

    @Test
    @Fact(
            number = "2.4-12",
            text = "A full queue is a result `QUEUE_IS_FULL` with 200, in a job too, and 409 for who wants bytes.")
    void aFullQueueIsAResult() throws Exception {
        Wire limited = server.legacyLimited;
        String async = CAT.copy().put("async_process", true).encode();
        try (ConformanceServer.Hold hold = server.hold()) {
            limited.post(TEXT, async);
            hold.reached();
            limited.post(TEXT, async);
            Wire.Answer job = limited.post(TEXT, async);
            assertThat(job.status()).isEqualTo(200);
            assertThat(job.json().getString("job_id")).isEmpty();
            assertThat(job.json().getString("job_stage")).isEqualTo("ERROR");
            String full = "[{\"base64\":null,\"url\":null,\"seed\":\"\",\"finish_reason\":\"QUEUE_IS_FULL\"}]";
            assertThat(job.json().getJsonArray("job_result").encode()).isEqualTo(full);
            Wire.Answer results = limited.post(TEXT, CAT.encode());
            assertThat(results.status()).isEqualTo(200);
            assertThat(results.array().encode()).isEqualTo(full);
            Wire.Answer bytes = limited.post(TEXT, CAT.encode(), "Accept", "image/png");
            assertThat(bytes.status()).isEqualTo(409);
            assertThat(bytes.text()).isEqualTo("QUEUE_IS_FULL");
            assertThat(bytes.header("Retry-After")).isNotEmpty();
        }
        server.idle();
    }
}
