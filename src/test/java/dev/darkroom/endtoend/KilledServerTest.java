package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that end in mid-task, by force and by request. */
final class KilledServerTest {

    private static final int TASKS = 20;
    private static final JsonObject CAT =
            new JsonObject().put("prompt", "a cat").put("image_seed", 7);

    @TempDir
    Path home;

    @BeforeEach
    void makeAModelThatTakesAWhile() throws IOException {
        TinyPipeline.write(
                home.resolve("models"),
                "tiny",
                TinyPipeline.options().slowDenoiser(6).darkroomJson("{\"steps\": 6}"));
    }

    @Test
    void twentyQueuedTasksOutliveTwoKillsWithOneImageEach() throws Exception {
        List<String> tasks = new ArrayList<>();
        ProcessHandle database;
        try (ServerProcess first = ServerProcess.start(home, Map.of())) {
            Client client = first.client();
            for (int i = 0; i < TASKS; i++) {
                tasks.add(client.queue(CAT.copy().put("image_seed", i)));
            }
            client.ended(tasks.get(1));
            client.await(tasks.get(2), record -> !record.getString("status").equals("pending"));
            database = first.database();
            first.kill();
        }
        database.onExit().get(30, TimeUnit.SECONDS);

        long start = System.nanoTime();
        try (ServerProcess second = ServerProcess.start(home, Map.of())) {
            Client client = second.client();
            client.ended(tasks.get(3));
            long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
            System.out.printf("the first task after a kill ended %d ms after the process began%n", millis);
            assertThat(millis).isLessThan(60_000);
            // now in the moment when a picture stands there and its task's row hardly can say so
            int pictures = files().size();
            awaitMoreThan(pictures);
            database = second.database();
            second.kill();
        }
        database.onExit().get(30, TimeUnit.SECONDS);

        try (ServerProcess third = ServerProcess.start(home, Map.of())) {
            Client client = third.client();
            List<String> named = new ArrayList<>();
            for (String task : tasks) {
                JsonObject record = client.ended(task);
                assertThat(record.getString("status")).as(record.encode()).isEqualTo("finished");
                assertThat(record.getJsonArray("result")).hasSize(1);
                String url = record.getJsonArray("result").getString(0);
                assertThat(client.bytes(url).statusCode()).isEqualTo(200);
                named.add(URI.create(url).getPath().substring("/outputs/".length()));
            }
            awaitNoHiddenFile();
            assertThat(files()).containsExactlyInAnyOrderElementsOf(named);
            database = third.database();
        }
        database.onExit().get(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest(name = "its children are asked too: {0}")
    @ValueSource(booleans = {false, true})
    void aServerThatIsAskedToStopHandsItsTaskBack(boolean all) throws Exception {
        String task;
        ProcessHandle database;
        try (ServerProcess first = ServerProcess.start(home, Map.of())) {
            Client client = first.client();
            task = client.queue(CAT.copy().put("overwrite_step", 100));
            client.await(
                    task, record -> record.getString("status").equals("running") && record.getInteger("progress") > 10);
            database = first.database();
            long start = System.nanoTime();
            if (all) {
                // as a service manager does
                first.process.descendants().forEach(ProcessHandle::destroy);
            }
            first.process.destroy();
            assertThat(first.exit()).isEqualTo(143);
            long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
            System.out.printf("a server with a running task stopped in %d ms%n", millis);
            // at twelve seconds it would have been given up
            assertThat(millis).isLessThan(11_000);
            assertThat(String.join("\n", first.lines())).doesNotContain("\tat ", "did not stop within", "by itself");
        }
        assertThat(database.isAlive()).isFalse();
        assertThat(files()).isEmpty();
        try (ServerProcess second = ServerProcess.start(home, Map.of())) {
            assertThat(second.client().ended(task).getString("status")).isEqualTo("finished");
            if (!all) {
                // handed back, not taken for a crash; a signal to all has ended the database's connections too
                assertThat(String.join("\n", second.lines())).doesNotContain("left running");
            }
        }
        assertThat(files()).hasSize(1);
    }

    @Test
    void aServerWhoseDatabaseIsKilledEndsAndSaysWhy() throws Exception {
        try (ServerProcess server = ServerProcess.start(home, Map.of())) {
            server.client();
            server.database().destroyForcibly();
            assertThat(server.exit()).isEqualTo(3);
            assertThat(String.join("\n", server.lines()))
                    .contains("The embedded PostgreSQL ended by itself")
                    .doesNotContain("\tat ");
        }
    }

    private List<String> files() throws IOException {
        Path outputs = home.resolve("outputs");
        try (Stream<Path> all = Files.walk(outputs)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> outputs.relativize(file).toString())
                    .filter(file -> !file.startsWith(".") && !file.contains("/.") && !file.endsWith("/log.html"))
                    .toList();
        }
    }

    private void awaitMoreThan(int pictures) throws IOException {
        long until = System.nanoTime() + Client.PATIENCE.toNanos();
        while (files().size() <= pictures) {
            assertThat(System.nanoTime()).as("no further picture came").isLessThan(until);
            LockSupport.parkNanos(100_000);
        }
    }

    /** A task's end is told before the last note of its attempt is removed. */
    private void awaitNoHiddenFile() throws IOException {
        long until = System.nanoTime() + Client.PATIENCE.toNanos();
        List<Path> hidden;
        do {
            assertThat(System.nanoTime()).as("hidden files stay").isLessThan(until);
            LockSupport.parkNanos(5_000_000);
            try (Stream<Path> all = Files.walk(home.resolve("outputs"))) {
                hidden = all.filter(file -> file.getFileName().toString().startsWith("."))
                        .toList();
            }
        } while (!hidden.isEmpty());
    }
}
