package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.settings.Settings;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import dev.darkroom.testing.BlockedThreadWatch;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BlockedThreadWatch.class)
final class AccessTest {

    @TempDir
    static Path folder;

    private static HttpStage open;
    private static HttpStage guarded;

    @BeforeAll
    static void start() throws Exception {
        open = new HttpStage(folder, Map.of("http.trusted-proxies", List.of("127.0.0.0/8", "::1")));
        guarded = new HttpStage(
                folder,
                Map.of(
                        "http.cors-origins",
                        List.of("https://app.example"),
                        "auth.keys",
                        List.of(key("ann", "k-ann"), key("bob", "k-bob"))));
    }

    @AfterAll
    static void stop() {
        open.close();
        guarded.close();
    }

    private static Map<String, Object> key(String name, String key) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        return Map.of("name", name, "sha256", HexFormat.of().formatHex(hash));
    }

    @Test
    void aKeyIsNeededBeforeAnythingElseIsLookedAt() throws Exception {
        for (String[] headers : new String[][] {{}, {"X-API-KEY", "wrong"}}) {
            HttpResponse<String> answer = guarded.send(guarded.generate("not json", headers));
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).isEqualTo("{\"detail\":\"Forbidden\"}");
        }
        for (String path : List.of("/tasks", "/v1/engines/styles", "/v1/engines/all-models", "/tasks/x")) {
            assertThat(guarded.send(guarded.request(path).GET()).statusCode()).isEqualTo(403);
        }
        for (String path : List.of("/docs", "/openapi.json", "/health/live", "/health", "/metrics")) {
            assertThat(guarded.send(guarded.request(path).GET()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void nobodySeesTheTasksOfOthers() throws Exception {
        String body = "{\"async_process\":true,\"prompt\":\"mine\"}";
        String task = guarded.json(guarded.generate(body, "x-api-key", "k-ann")).getString("task_id");
        guarded.submitted();
        assertThat(guarded.send(guarded.request("/tasks/" + task).header("X-API-KEY", "k-ann"))
                        .body())
                .contains("mine");
        assertThat(guarded.send(guarded.request("/tasks/" + task).header("X-API-KEY", "k-bob"))
                        .body())
                .isEqualTo("[]");
        assertThat(guarded.send(guarded.request("/tasks").header("X-API-KEY", "k-bob"))
                        .body())
                .isEqualTo("{\"history\":[],\"current\":[],\"pending\":[]}");
        guarded.run(new TaskId(task));
        assertThat(guarded.json(control("bob", "stop")).getString("message")).isEqualTo("No task running");
        assertThat(guarded.json(control("ann", "skip")).getString("message")).isEqualTo("task skiped");
        assertThat(guarded.json(control("ann", "stop")).getString("message")).isEqualTo("task stoped");
        assertThat(guarded.json(control("ann", "jump")).getString("message")).isEqualTo("Invalid control action");
        assertThat(guarded.store.stops.poll()).isEqualTo(new TaskId(task));
        guarded.end(new TaskId(task), TaskState.STOPPED, TaskResult.EMPTY, null);
    }

    private static HttpRequest.Builder control(String who, String action) {
        return guarded.request("/v1/engine/control?action=" + action)
                .header("X-API-KEY", "k-" + who)
                .POST(HttpRequest.BodyPublishers.noBody());
    }

    @Test
    void onlyKnownOriginsMayRead() throws Exception {
        assertThat(preflight(guarded, "https://app.example").headers().firstValue("access-control-allow-origin"))
                .contains("https://app.example");
        assertThat(preflight(guarded, "http://localhost:3000").headers().firstValue("access-control-allow-origin"))
                .isEmpty();
        assertThat(preflight(open, "http://localhost:3000").headers().firstValue("access-control-allow-headers"))
                .contains("x-api-key");
        assertThat(preflight(open, "http://localhost.evil.example").headers().map())
                .doesNotContainKey("access-control-allow-origin");
    }

    @Test
    void cachesAreToldThatAnswersDependOnTheOrigin() throws Exception {
        for (String origin : List.of("https://app.example", "https://evil.example", "")) {
            HttpRequest.Builder asked = guarded.request("/v1/engines/styles").header("X-API-KEY", "k-ann");
            if (!origin.isEmpty()) {
                asked.header("Origin", origin);
            }
            assertThat(guarded.send(asked).headers().firstValue("vary")).contains("Origin");
        }
    }

    private static HttpResponse<String> preflight(HttpStage stage, String origin) throws Exception {
        return stage.send(stage.request("/v1/engine/generate")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST")
                .header("Access-Control-Request-Headers", "x-api-key"));
    }

    @Test
    void aForeignPageCanNeitherDeleteNorStop() throws Exception {
        String task = open.json(open.generate("{\"async_process\":true}")).getString("task_id");
        open.submitted();
        open.end(new TaskId(task), TaskState.FINISHED, TaskResult.EMPTY, null);
        String delete = "/tasks?action=delete&start_at=2000-01-01T00:00:00&end_at=2100-01-01T00:00:00";
        assertThat(open.send(open.request(delete).header("Sec-Fetch-Site", "cross-site"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(open.send(open.request(delete).header("Origin", "https://evil.example"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(open.send(open.request("/v1/engine/control?action=stop")
                                .header("Origin", "https://evil.example")
                                .POST(HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(403);
        assertThat(open.send(open.request("/tasks/" + task)).body()).contains(task);
        assertThat(open.send(open.request("/tasks?action=delete")).body()).isEqualTo("null");
        assertThat(open.send(open.request("/tasks/" + task)).body()).contains(task);
        assertThat(open.send(open.request(delete)).body()).isEqualTo("null");
        assertThat(open.send(open.request("/tasks/" + task)).body()).isEqualTo("[]");
    }

    @Test
    void forwardedHeadersCountFromTrustedProxiesOnly() throws Exception {
        assertThat(url(open)).startsWith("https://front.example/outputs/");
        assertThat(url(guarded)).startsWith("http://inner.example:81/outputs/");
    }

    private static String url(HttpStage stage) throws Exception {
        String id = stage.json(stage.generate("{\"async_process\":true}", "X-API-KEY", "k-ann"))
                .getString("task_id");
        stage.submitted();
        stage.finish(new TaskId(id));
        try (Socket socket = stage.raw("GET /tasks/" + id + " HTTP/1.1\r\nHost: inner.example:81\r\n"
                + "X-API-KEY: k-ann\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: front.example, other\r\n"
                + "Connection: close\r\n\r\n")) {
            String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new JsonObject(text.substring(text.indexOf("\r\n\r\n") + 4))
                    .getJsonArray("result")
                    .getString(0);
        }
    }

    @Test
    void healthSaysWhatIsMissing() throws Exception {
        HttpResponse<String> ready = open.send(open.request("/health/ready"));
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(ready.body()).getString("device_reason")).isEqualTo("CUDA is not there");
        open.store.failure = BusFailure.STORE_UNAVAILABLE;
        try {
            HttpResponse<String> broken = open.send(open.request("/health"));
            assertThat(broken.statusCode()).isEqualTo(503);
            assertThat(new JsonObject(broken.body()).getString("database")).isEqualTo("unavailable");
            assertThat(open.send(open.request("/health/live")).statusCode()).isEqualTo(200);
        } finally {
            open.store.failure = null;
        }
    }

    @Test
    void theContractIsPublishedWholeAndDocumentedFromTheJar() throws Exception {
        JsonObject contract = open.json(open.request("/openapi.json"));
        JsonObject content = contract.getJsonObject("paths")
                .getJsonObject("/v1/engine/generate")
                .getJsonObject("post")
                .getJsonObject("responses")
                .getJsonObject("200")
                .getJsonObject("content");
        assertThat(content.fieldNames()).contains("text/event-stream", "image/png", "image/webp", "application/json");
        assertThat(contract.getJsonObject("paths").fieldNames()).contains("/outputs/{path}");
        HttpResponse<String> root = open.send(open.request("/"));
        assertThat(root.statusCode()).isEqualTo(307);
        assertThat(root.headers().firstValue("location")).contains("/docs");
        HttpResponse<String> page = open.send(open.request("/docs"));
        assertThat(page.body()).contains("/docs/scalar.js").doesNotContain("http");
        assertThat(page.headers().firstValue("content-security-policy").orElse(""))
                .contains("default-src 'none'");
        assertThat(open.send(open.request("/docs/scalar.js")).body()).hasSizeGreaterThan(1_000_000);
        assertThat(open.send(open.request("/v1/engines/styles")).body())
                .startsWith("[\"Fooocus V2\",\"Random Style\",");
        assertThat(open.send(open.request("/v1/engines/all-models")).body())
                .isEqualTo("{\"model_filenames\":[\"tiny\"],\"lora_filenames\":[]}");
    }

    @Test
    void aServerThatOthersReachNeedsAKey() {
        Settings settings = new Settings(Map.of("http.host", "0.0.0.0"));
        AuthConfig.from(settings, HttpConfig.from(settings));
        assertThat(settings.mistakes()).singleElement().asString().startsWith("http.host: \"0.0.0.0\"");
        for (String host : List.of("localhost", "127.0.0.1", "127.8.8.8", "::1")) {
            Settings local = new Settings(Map.of("http.host", host));
            AuthConfig.from(local, HttpConfig.from(local));
            assertThat(local.mistakes()).isEmpty();
        }
    }

    @Test
    void everyMistakeOfConfigurationIsTold() {
        Settings settings = new Settings(Map.of(
                "http.port", "70000",
                "http.public-url", "example.org",
                "http.trusted-proxies", "10.0.0.0/40",
                "http.cors-origins", "https://a.example/path",
                "http.body-limit", "10 B",
                "http.abandon-after", "soon",
                "http.heartbeat", "10 ms",
                "auth.keys", List.of(Map.of("name", "ann", "sha256", "beef"))));
        AuthConfig.from(settings, HttpConfig.from(settings));
        assertThat(settings.mistakes())
                .extracting(mistake -> mistake.substring(0, mistake.indexOf(':')))
                .containsExactlyInAnyOrder(
                        "http.port",
                        "http.public-url",
                        "http.trusted-proxies",
                        "http.cors-origins",
                        "http.body-limit",
                        "http.abandon-after",
                        "http.heartbeat",
                        "auth.keys");
    }

    @Test
    void headersOfPlainConnectionsAreRead() throws Exception {
        try (Socket socket = open.raw("GET /health/live HTTP/1.0\r\n\r\n")) {
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            assertThat(reader.readLine()).contains(" 200 ");
        }
    }
}
