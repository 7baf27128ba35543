package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessLogTest {

    private static final JsonObject CAT =
            new JsonObject().put("prompt", "a secret cat").put("overwrite_step", 2);

    @TempDir
    Path home;

    private final NullModel model = new NullModel("tiny", 64, 4, 0);

    private RunningServer start(Map<String, String> settings) throws Exception {
        TinyPipeline.write(home.resolve("models"), "tiny");
        return RunningServer.start(home, settings, model);
    }

    private List<JsonObject> lines() throws Exception {
        Path log = home.resolve("logs/access.log");
        return Files.exists(log)
                ? Files.readAllLines(log).stream().map(JsonObject::new).toList()
                : List.of();
    }

    private JsonObject await(Predicate<JsonObject> wanted) throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (true) {
            Optional<JsonObject> found = lines().stream().filter(wanted).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            assertThat(System.nanoTime()).as("in %s", lines()).isLessThan(until);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void eachRequestHasALineWithItsTaskAndWithoutWhatIsSecret() throws Exception {
        try (RunningServer server = start(Map.of())) {
            String task = server.client.queue(CAT.copy().put("async_process", true));
            JsonObject queued = await(line -> task.equals(line.getString("task")));
            assertThat(queued.getString("method")).isEqualTo("POST");
            assertThat(queued.getString("path")).isEqualTo("/v1/engine/generate");
            assertThat(queued.getInteger("status")).isEqualTo(200);
            assertThat(queued.getInteger("ms")).isNotNegative();
            assertThat(queued.getInteger("bytes")).isPositive();
            assertThat(queued.getString("client")).isEqualTo("127.0.0.1");
            assertThat(queued.getString("time")).endsWith("Z");
            assertThat(queued.fieldNames()).doesNotContain("prompt", "left");

            server.client.get("/tasks?prompt=secret&api_key=secret");
            assertThat(await(line -> "/tasks".equals(line.getString("path"))).encode())
                    .doesNotContain("secret");
            server.client.get("/tasks/" + task);
            await(line -> ("/tasks/" + task).equals(line.getString("path")) && task.equals(line.getString("task")));
            server.client.get("/nothing/here");
            assertThat(await(line -> "/nothing/here".equals(line.getString("path")))
                            .getInteger("status"))
                    .isEqualTo(404);
        }
        assertThat(Files.readString(home.resolve("logs/access.log"))).doesNotContain("secret");
    }

    @Test
    void aStreamHasItsLineWhenItsClientLeavesOrItEnds() throws Exception {
        try (RunningServer server = start(Map.of("http.abandon-after", "100 ms"))) {
            JsonObject endless = CAT.copy().put("overwrite_step", 900);
            model.beforeCall = () -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            try (InputStream stream = server.client
                    .open(server.client.generate(endless, "text/event-stream"))
                    .body()) {
                assertThat(stream.read()).isPositive();
            }
            JsonObject left = await(line -> line.getBoolean("left", false));
            assertThat(left.getInteger("bytes")).isPositive();
            assertThat(left.getString("task")).hasSize(32);
            model.beforeCall = () -> {};
            server.client.send(server.client.generate(CAT, "text/event-stream"));
            await(line -> "POST".equals(line.getString("method")) && !line.containsKey("left"));
        }
    }

    @Test
    void promptsAreNotedWhereThatIsAskedFor() throws Exception {
        try (RunningServer server = start(Map.of("access-log.prompts", "true"))) {
            String task = server.client.queue(CAT.copy());
            assertThat(await(line -> task.equals(line.getString("task"))).getString("prompt"))
                    .isEqualTo("a secret cat");
        }
    }

    @Test
    void aFileThatIsFullIsFollowedByTheNext() throws Exception {
        try (RunningServer server = start(Map.of("access-log.max-size", "2 kB", "access-log.files", "2"))) {
            long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            while (Files.notExists(home.resolve("logs/access.log.2"))) {
                assertThat(System.nanoTime()).isLessThan(until);
                server.client.get("/health/live");
            }
        }
        assertThat(home.resolve("logs/access.log.3")).doesNotExist();
    }

    @Test
    void noneIsNone() throws Exception {
        try (RunningServer server = start(Map.of("access-log.to", "none"))) {
            server.client.get("/health/live");
        }
        assertThat(home.resolve("logs")).doesNotExist();
    }
}
