package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.NewTask;
import dev.darkroom.settings.Settings;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyLimitsTest {

    private static final String ASYNC = "{\"async_process\":true}";

    @TempDir
    static Path folder;

    private static HttpStage stage;

    @BeforeAll
    static void open() throws Exception {
        stage = new HttpStage(
                folder,
                Map.of(
                        "auth.keys",
                        List.of(
                                key("queued", Map.of("max-queued", 3)),
                                key("hasty", Map.of("max-per-minute", 2, "priority", -5)),
                                key("free", Map.of("priority", "10")),
                                key("admin", Map.of("admin", true)))));
    }

    @AfterAll
    static void close() {
        stage.close();
    }

    private static Map<String, Object> key(String name, Map<String, Object> more) throws Exception {
        Map<String, Object> entry = new HashMap<>(more);
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
        entry.put("name", name);
        entry.put("sha256", HexFormat.of().formatHex(hash));
        return entry;
    }

    private static HttpResponse<String> submit(String key) throws Exception {
        return stage.send(stage.generate(ASYNC, "X-API-KEY", key));
    }

    private static NewTask submitted() throws Exception {
        return stage.store.submitted.poll(30, TimeUnit.SECONDS);
    }

    @Test
    void ofManyAtOnceExactlyAsManyWaitAsTheKeyMayHave() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            answers.add(stage.sendLater(stage.generate(ASYNC, "X-API-KEY", "queued")));
        }
        int accepted = 0;
        TaskId one = null;
        for (CompletableFuture<HttpResponse<String>> later : answers) {
            HttpResponse<String> answer = later.get(60, TimeUnit.SECONDS);
            if (answer.statusCode() == 200) {
                accepted++;
                one = new TaskId(new JsonObject(answer.body()).getString("task_id"));
            } else {
                assertThat(answer.statusCode()).isEqualTo(429);
                assertThat(new JsonObject(answer.body()).getString("detail"))
                        .isEqualTo("The key \"queued\" has 3 tasks waiting, as many as it may have.");
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            }
        }
        assertThat(accepted).isEqualTo(3);
        stage.end(one, TaskState.FINISHED, TaskResult.EMPTY, null);
        assertThat(submit("queued").statusCode()).isEqualTo(200);
        assertThat(submit("queued").statusCode()).isEqualTo(429);
        assertThat(submit("free").statusCode()).isEqualTo(200);
    }

    @Test
    void aKeyThatSubmitsTooOftenIsToldWhenItMayAgain() throws Exception {
        stage.store.failure = BusFailure.STORE_UNAVAILABLE;
        assertThat(submit("hasty").statusCode()).isEqualTo(503);
        stage.store.failure = null;
        assertThat(submit("hasty").statusCode()).isEqualTo(200);
        assertThat(submit("hasty").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = submit("hasty");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(new JsonObject(refused.body()).getString("detail"))
                .isEqualTo("The key \"hasty\" may submit 2 tasks a minute.");
        assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 30);
    }

    @Test
    void tasksHaveTheirKeysPriority() throws Exception {
        String id = new JsonObject(submit("free").body()).getString("task_id");
        NewTask task = submitted();
        while (!task.taskId().hex().equals(id)) {
            task = submitted();
        }
        assertThat(task.priority()).isEqualTo(10);
    }

    @Test
    void anAdminSeesAndDeletesEverybodysTasks() throws Exception {
        String id = new JsonObject(submit("free").body()).getString("task_id");
        stage.end(new TaskId(id), TaskState.FINISHED, TaskResult.EMPTY, null);
        assertThat(stage.send(stage.request("/tasks/" + id).header("X-API-KEY", "queued"))
                        .body())
                .isEqualTo("[]");
        assertThat(stage.send(stage.request("/tasks/" + id).header("X-API-KEY", "admin"))
                        .body())
                .contains(id);
        String delete = "/tasks?action=delete&start_at=2000-01-01T00:00:00&end_at=2100-01-01T00:00:00";
        stage.send(stage.request(delete).header("X-API-KEY", "hasty"));
        assertThat(stage.send(stage.request("/tasks/" + id).header("X-API-KEY", "free"))
                        .body())
                .contains(id);
        stage.send(stage.request(delete).header("X-API-KEY", "admin"));
        assertThat(stage.send(stage.request("/tasks/" + id).header("X-API-KEY", "free"))
                        .body())
                .isEqualTo("[]");
    }

    @Test
    void everyMistakeInAKeysEntryIsTold() throws Exception {
        for (Map.Entry<String, Object> wrong : Map.<String, Object>of(
                        "priority",
                        "high",
                        "max-queued",
                        -1,
                        "max-per-minute",
                        1.5,
                        "admin",
                        "perhaps",
                        "colour",
                        "red")
                .entrySet()) {
            Settings settings =
                    new Settings(Map.of("auth.keys", List.of(key("x", Map.of(wrong.getKey(), wrong.getValue())))));
            AuthConfig config = AuthConfig.from(settings, HttpConfig.from(settings));
            assertThat(settings.mistakes())
                    .singleElement()
                    .asString()
                    .startsWith("auth.keys: ")
                    .contains(wrong.getKey());
            assertThat(config.keys()).isEmpty();
        }
        Settings twice = new Settings(Map.of("auth.keys", List.of(key("x", Map.of()), key("x", Map.of()))));
        AuthConfig.from(twice, HttpConfig.from(twice));
        assertThat(twice.mistakes()).singleElement().asString().contains("\"x\" twice");
    }
}
