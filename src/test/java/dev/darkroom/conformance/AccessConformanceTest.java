package dev.darkroom.conformance;

import static dev.darkroom.conformance.ConformanceServer.CAT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageFormat;
import io.vertx.core.json.JsonObject;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FooocusAPI's keys, origins, paths, lists of names, and files. */
@ExtendWith(ConformanceServer.Shared.class)
final class AccessConformanceTest {

    private final ConformanceServer server;
    private final Wire ann;

    AccessConformanceTest(ConformanceServer server) {
        this.server = server;
        ann = server.ann;
    }

    private String picture(JsonObject request) throws Exception {
        return ann.finished(request).getJsonArray("result").getString(0);
    }

    private static String fileName(String url) {
        return url.substring(url.lastIndexOf('/') + 1);
    }

    @Test
    @Fact(
            number = "1.1-4",
            text =
                    "The key comes in `X-API-KEY`, whatever the header's case; without it 403 `{\"detail\":\"Forbidden\"}`.")
    void theKeyComesInItsHeader() throws Exception {
        for (Wire.Answer answer : List.of(
                server.nobody.get("/tasks"),
                server.nobody.get("/tasks", "X-API-KEY", "wrong"),
                server.nobody.post("/v1/engine/generate", "not even json"))) {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.text()).isEqualTo("{\"detail\":\"Forbidden\"}");
        }
        assertThat(server.nobody.get("/tasks", "x-api-key", "key of ann").status())
                .isEqualTo(200);
    }

    @Test
    @Fact(number = "1.1-5", text = "`/`, `/docs`, `/openapi.json`, `/outputs` and `/inputs` need no key.")
    void someNeedNoKey() throws Exception {
        String url = picture(CAT);
        for (String path : List.of("/docs", "/openapi.json", url)) {
            assertThat(server.nobody.get(path).status()).as(path).isEqualTo(200);
        }
        assertThat(server.nobody.get("/").status()).isEqualTo(307);
        assertThat(server.nobody.get("/inputs/none.png").status()).isEqualTo(404);
    }

    @Test
    @Fact(
            number = "1.1-6",
            text =
                    "There may be several keys, and each sees and deletes its own tasks only; an `admin` key everybody's.",
            insteadOf = "there is one key, which sees everything")
    void eachKeySeesItsOwnTasks() throws Exception {
        String id = ann.finished(CAT).getString("task_id");
        assertThat(ann.get("/tasks/" + id).text()).startsWith("{");
        assertThat(server.bob.get("/tasks/" + id).text()).isEqualTo("[]");
        assertThat(server.bob.get("/tasks?page_size=1000").text()).doesNotContain(id);
        assertThat(server.admin.get("/tasks/" + id).text()).startsWith("{");
        assertThat(server.admin.get("/tasks?page_size=1000").text()).contains(id);
    }

    @Test
    @Fact(
            number = "1.1-7",
            text = "A key's tasks have its priority: those of a higher one go first.",
            insteadOf = "tasks run in the order in which they came")
    void aKeyHasItsPriority() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            ann.queue(CAT);
            hold.reached();
            String usual = ann.queue(CAT);
            String urgent = server.bob.queue(CAT);
            hold.release();
            long usualStart = ann.ended(usual).getLong("start_mills");
            long urgentStart = server.bob.ended(urgent).getLong("start_mills");
            assertThat(urgentStart).isLessThanOrEqualTo(usualStart);
            assertThat(server.bob.task(urgent).getLong("id"))
                    .isGreaterThan(ann.task(usual).getLong("id"));
        }
    }

    @Test
    @Fact(
            number = "1.1-8",
            text = "A key beyond its limit gets a 429 with the reason and `Retry-After`.",
            insteadOf = "the queue has no bound")
    void aKeyHasItsLimits() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            server.limited.queue(CAT);
            hold.reached();
            server.limited.queue(CAT);
            Wire.Answer answer = server.limited.post("/v1/engine/generate", "{\"async_process\":true}");
            assertThat(answer.status()).isEqualTo(429);
            assertThat(answer.json().getString("detail")).contains("\"limited\"");
            assertThat(answer.header("Retry-After")).matches("\\d+");
            ann.queue(CAT);
        }
        server.idle();
        assertThat(server.limited.finished(CAT).getString("status")).isEqualTo("finished");
    }

    @Test
    @Fact(
            number = "1.1-9",
            text =
                    "A preflight of a configured origin echoes origin and headers, allows credentials, and holds for 600 s;"
                            + " other origins get no such headers.",
            insteadOf = "every origin may call, with credentials")
    void configuredOriginsMayCall() throws Exception {
        String[] asks = {"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "x-api-key"};
        Wire.Answer known = server.nobody.send(
                "OPTIONS",
                "/v1/engine/generate",
                null,
                "Origin",
                "https://app.example",
                asks[0],
                asks[1],
                asks[2],
                asks[3]);
        assertThat(known.status()).isBetween(200, 204);
        assertThat(known.header("access-control-allow-origin")).isEqualTo("https://app.example");
        assertThat(known.header("access-control-allow-credentials")).isEqualTo("true");
        assertThat(known.header("access-control-allow-headers")).isEqualTo("x-api-key");
        assertThat(known.header("access-control-max-age")).isEqualTo("600");
        Wire.Answer foreign = server.nobody.send(
                "OPTIONS",
                "/v1/engine/generate",
                null,
                "Origin",
                "https://evil.example",
                asks[0],
                asks[1],
                asks[2],
                asks[3]);
        assertThat(foreign.header("access-control-allow-origin")).isEmpty();
    }

    @Test
    @Fact(number = "1.2-1", text = "`/` leads to `/docs` with a 307.")
    void theRootLeadsToTheDocs() throws Exception {
        Wire.Answer answer = server.nobody.get("/");
        assertThat(answer.status()).isEqualTo(307);
        assertThat(answer.header("Location")).isEqualTo("/docs");
    }

    @Test
    @Fact(number = "1.2-2", text = "`/openapi.json` has every path of the original.")
    void theContractHasEveryPath() throws Exception {
        Set<String> paths =
                server.nobody.get("/openapi.json").json().getJsonObject("paths").fieldNames();
        assertThat(paths)
                .contains(
                        "/v1/engine/generate",
                        "/v1/engine/control",
                        "/v1/tools/generate_mask",
                        "/v1/tools/describe-image",
                        "/tasks",
                        "/tasks/{task_id}",
                        "/v1/engines/all-models",
                        "/v1/engines/styles",
                        "/outputs/{path}",
                        "/inputs/{file_name}");
    }

    @Test
    @Fact(
            number = "1.2-3",
            text = "`/v1/engines/all-models` is `{\"model_filenames\":[...],\"lora_filenames\":[...]}`.")
    void modelsAreListed() throws Exception {
        JsonObject models = ann.get("/v1/engines/all-models").json();
        assertThat(models.fieldNames()).containsExactlyInAnyOrder("model_filenames", "lora_filenames");
        assertThat(models.getJsonArray("model_filenames")).contains("tiny");
    }

    @Test
    @Fact(
            number = "1.2-4",
            text = "`/v1/engines/styles` is a list of the 279 names, `Fooocus V2` and `Random Style` first.")
    void stylesAreListed() throws Exception {
        var styles = ann.get("/v1/engines/styles").array();
        assertThat(styles).hasSizeGreaterThanOrEqualTo(279).doesNotHaveDuplicates();
        assertThat(styles.getString(0)).isEqualTo("Fooocus V2");
        assertThat(styles.getString(1)).isEqualTo("Random Style");
        assertThat(styles).contains("SAI Anime", "Mk Shepard Fairey Style");
    }

    @Test
    @Fact(
            number = "1.9-1",
            text = "A file comes as it is, with `ETag`, `Last-Modified`, `Accept-Ranges` and its length.")
    void aFileComesAsItIs() throws Exception {
        Wire.Answer answer = ann.get(picture(CAT));
        assertThat(answer.header("Content-Type")).isEqualTo("image/png");
        assertThat(answer.header("etag")).isNotEmpty();
        assertThat(answer.header("last-modified")).endsWith("GMT");
        assertThat(answer.header("accept-ranges")).isEqualTo("bytes");
        assertThat(answer.header("content-length")).isEqualTo(Integer.toString(answer.bytes().length));
    }

    @Test
    @Fact(
            number = "1.9-2",
            text = "`Accept` of exactly `image/png`, `image/jpeg` or `image/webp` converts it; others do not.")
    void anExactTypeConverts() throws Exception {
        String url = picture(CAT);
        for (ImageFormat format : ImageFormat.values()) {
            Wire.Answer answer = ann.get(url, "Accept", format.mediaType());
            assertThat(answer.header("Content-Type")).isEqualTo(format.mediaType());
            assertThat(new ImageDecoder().format(answer.bytes())).isEqualTo(format);
        }
        assertThat(ann.get(url, "Accept", "image/webp,*/*").header("Content-Type"))
                .isEqualTo("image/png");
    }

    @Test
    @Fact(
            number = "1.9-3",
            text = "`Accept: image/jpg` converts to JPEG.",
            insteadOf = "it is a 200 with an empty body")
    void jpgConvertsToJpeg() throws Exception {
        Wire.Answer answer = ann.get(picture(CAT), "Accept", "image/jpg");
        assertThat(answer.header("Content-Type")).isEqualTo("image/jpeg");
        assertThat(new ImageDecoder().format(answer.bytes())).isEqualTo(ImageFormat.JPEG);
    }

    @Test
    @Fact(
            number = "1.9-4",
            text = "`HEAD` and a missing `Accept` are answered.",
            insteadOf = "they are a 405 and a 500")
    void headIsAnswered() throws Exception {
        String url = picture(CAT);
        assertThat(ann.send("HEAD", url, null).status()).isEqualTo(200);
        assertThat(ann.get(url).status()).isEqualTo(200);
    }

    @Test
    @Fact(number = "1.9-5", text = "A missing file, and one that is no picture, are 404.")
    void missingFilesAre404() throws Exception {
        Files.writeString(server.server.outputs().resolve("note.txt"), "private");
        for (String path : List.of("/outputs/2026-01-01/none.png", "/outputs/note.txt", "/inputs/none.png")) {
            assertThat(ann.get(path).status()).as(path).isEqualTo(404);
        }
    }

    @Test
    @Fact(
            number = "1.9-6",
            text = "No path leads out of the folder.",
            insteadOf = "`/outputs/../x.jpg` serves a picture beside it")
    void noPathLeadsOut() throws Exception {
        Files.write(server.home.resolve("secret.png"), ann.get(picture(CAT)).bytes());
        for (String path : List.of("/outputs/../secret.png", "/outputs/%2e%2e/secret.png", "/inputs/../secret.png")) {
            try (Socket socket = new Socket("127.0.0.1", URI.create(ann.base).getPort())) {
                socket.setSoTimeout(60_000);
                socket.getOutputStream()
                        .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                assertThat(answer).as(path).startsWith("HTTP/1.1 404");
            }
        }
    }

    @Test
    @Fact(number = "1.9-7", text = "`/inputs/{file}` serves the pictures of the folder of inputs in the same way.")
    void inputsAreServed() throws Exception {
        Path inputs = Files.createDirectories(server.home.resolve("inputs"));
        Files.write(inputs.resolve("a.png"), ann.get(picture(CAT)).bytes());
        assertThat(server.nobody.get("/inputs/a.png").header("Content-Type")).isEqualTo("image/png");
        assertThat(new ImageDecoder()
                        .format(server.nobody
                                .get("/inputs/a.png", "Accept", "image/webp")
                                .bytes()))
                .isEqualTo(ImageFormat.WEBP);
    }

    @Test
    @Fact(
            number = "1.10-1",
            text = "A file is named `{YYYY-MM-DD_HH-MM-SS}_{1000..9999}.{ext}` in a folder of its day.")
    void filesHaveTheirTimeAsName() throws Exception {
        String url = picture(CAT);
        assertThat(url).matches(".*/(\\d{4}-\\d\\d-\\d\\d)/\\1_\\d\\d-\\d\\d-\\d\\d_[1-9]\\d{3}\\.png");
    }

    @Test
    @Fact(number = "1.10-2", text = "With `save_name` it is `{save_name}-{index}.{ext}`, the index from 0.")
    void saveNameNamesTheFiles() throws Exception {
        JsonObject record = ann.finished(CAT.copy().put("save_name", "holiday").put("image_number", 2));
        assertThat(fileName(record.getJsonArray("result").getString(0))).isEqualTo("holiday-0.png");
        assertThat(fileName(record.getJsonArray("result").getString(1))).isEqualTo("holiday-1.png");
    }

    @Test
    @Fact(number = "1.10-3", text = "An empty `save_name`, `None` and `none` mean the usual name.")
    void saveNameHasSentinels() throws Exception {
        for (String name : List.of("", "None", "none")) {
            assertThat(fileName(picture(CAT.copy().put("save_name", name)))).matches("\\d{4}-.*_[1-9]\\d{3}\\.png");
        }
    }

    @Test
    @Fact(
            number = "1.10-4",
            text = "`save_name` can neither leave the day's folder nor make one, and its address works.",
            insteadOf = "`../` leads out, and sub-folders have addresses that do not work")
    void saveNameStaysInItsFolder() throws Exception {
        for (String name : List.of("../../evil", "a/b", "..\\evil", "/etc/x", "c:evil", "ü & ?#%")) {
            String url = picture(CAT.copy().put("save_name", name));
            assertThat(url).matches(".*/outputs/\\d{4}-\\d\\d-\\d\\d/[^/]+-0.*\\.png");
            assertThat(ann.get(url).status()).as(name).isEqualTo(200);
        }
        Path outputs = server.server.outputs();
        assertThat(server.files())
                .filteredOn(file -> file.toString().endsWith(".png"))
                .allSatisfy(file ->
                        assertThat(outputs.relativize(file).getNameCount()).isEqualTo(2));
    }

    @Test
    @Fact(
            number = "1.10-5",
            text = "A file that exists is never replaced: the next one gets a number behind its name.",
            insteadOf = "the older file is overwritten")
    void filesAreNeverReplaced() throws Exception {
        JsonObject request = CAT.copy().put("save_name", "twice");
        String first = picture(request);
        String second = picture(request);
        assertThat(first).isNotEqualTo(second);
        assertThat(ann.get(first).status()).isEqualTo(200);
        assertThat(fileName(second)).startsWith("twice-0");
    }
}
