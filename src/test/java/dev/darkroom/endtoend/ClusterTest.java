package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.store.EmbeddedPostgres;
import dev.darkroom.testing.NullModel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes over one database: two that answer clients, and one that runs tasks. */
final class ClusterTest {

    private static final JsonObject LONG =
            new JsonObject().put("prompt", "a cat").put("image_seed", 7).put("overwrite_step", 900);

    /** As long as rounds of copying are apart, so that one of a node falls into it. */
    private static final int IDLE_SECONDS = 10;

    private static final int ONCE_A_MINUTE = 5;

    @TempDir
    static Path home;

    private static EmbeddedPostgres database;
    private static RunningServer first;
    private static RunningServer second;
    private static RunningServer sampler;

    @BeforeAll
    static void start() throws Exception {
        database = EmbeddedPostgres.start(home.resolve("database"), 0, sentence -> {});
        int port = freePort();
        first = node("first", port, "http");
        sampler = node("sampler", port, "sampler");
        second = node("second", port, "http");
    }

    private static RunningServer node(String name, int port, String roles) throws Exception {
        Path folder = home.resolve(name);
        TinyPipeline.write(folder.resolve("models"), "null");
        PgConnectOptions at = database.connectOptions();
        return RunningServer.start(
                folder,
                Map.of(
                        "cluster.enabled",
                        "true",
                        "cluster.secret",
                        "known to the nodes alone",
                        "cluster.port",
                        Integer.toString(port),
                        "database.uri",
                        "postgresql://%s:%s@%s:%d/%s"
                                .formatted(
                                        at.getUser(), at.getPassword(), at.getHost(), at.getPort(), at.getDatabase()),
                        "roles",
                        roles),
                new NullModel("null", 64, 4, 10));
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Math.min(65_000, socket.getLocalPort());
        }
    }

    @AfterAll
    static void stop() {
        for (RunningServer server : new RunningServer[] {second, sampler, first}) {
            if (server != null) {
                server.close();
            }
        }
        database.close();
    }

    @Test
    void healthTellsHowManyNodesThereAre() throws Exception {
        for (RunningServer node : List.of(first, second, sampler)) {
            HttpResponse<String> health = node.client.get("/health");
            assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
            assertThat(new JsonObject(health.body()).getInteger("nodes")).isEqualTo(3);
        }
    }

    @Test
    void aNodeThatOnlyRunsTasksTakesNone() throws Exception {
        assertThat(sampler.client.send(sampler.client.generate(LONG)).statusCode())
                .isEqualTo(404);
        assertThat(sampler.client.get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void aTaskIsFollowedWithPreviewsOnAnyNodeAndStoppedFromAnother() throws Exception {
        String task = first.client.queue(LONG.copy().put("image_number", 8));
        HttpResponse<InputStream> stream = second.client.open(events(second, task));
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
            String line = reader.readLine();
            while (line != null && !line.contains("data:image/png;base64,")) {
                lines.add(line);
                line = reader.readLine();
            }
            assertThat(line).as(() -> String.join("\n", lines)).isNotNull();
            JsonObject seen = first.client.await(task, record -> record.getInteger("progress") > 10);
            assertThat(seen.getString("status")).isEqualTo("running");
            assertThat(first.client.post("/tasks/" + task + "/stop").statusCode())
                    .isEqualTo(202);
            String last = line;
            for (String next = reader.readLine(); next != null; next = reader.readLine()) {
                last = next.isEmpty() ? last : next;
            }
            assertThat(last).contains("stopped");
        }
        for (RunningServer node : List.of(first, second)) {
            assertThat(node.client.status(task)).isEqualTo("stopped");
        }
    }

    @Test
    void aClientWaitsOnOneNodeForWhatAnotherMakes() throws Exception {
        HttpResponse<String> answer = second.client.send(second.client.generate(
                LONG.copy().put("overwrite_step", 5).put("image_number", 2).put("image_seed", 1)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonObject record = new JsonObject(answer.body());
        assertThat(record.getString("status")).isEqualTo("finished");
        assertThat(record.getJsonArray("result")).hasSize(2);
        assertThat(first.client.get("/tasks").body()).contains(record.getString("task_id"));
    }

    @Test
    void skipReachesTheNodeThatRunsTheTask() throws Exception {
        String task = first.client.queue(
                LONG.copy().put("image_number", 2).put("overwrite_step", 150).put("image_seed", 3));
        second.client.await(
                task, record -> record.getString("status").equals("running") && record.getInteger("progress") > 10);
        assertThat(second.client.post("/tasks/" + task + "/skip").statusCode()).isEqualTo(202);
        JsonObject record = second.client.ended(task);
        assertThat(record.getString("status")).isEqualTo("finished");
        assertThat(record.getJsonArray("result")).hasSize(1);
    }

    @Test
    void aTaskThatNoBellRangForIsTakenAllTheSame() throws Exception {
        String model = first.client.queue(LONG.copy().put("overwrite_step", 3));
        first.client.ended(model);
        String task = UUID.randomUUID().toString();
        Vertx vertx = Vertx.vertx();
        try {
            Pool pool = PgBuilder.pool()
                    .with(new PoolOptions().setMaxSize(1))
                    .connectingTo(database.connectOptions())
                    .using(vertx)
                    .build();
            await(pool.query(("INSERT INTO task (task_id, kind, owner, model, prompt, request, images)"
                                    + " SELECT '%s', kind, owner, model, prompt, request, images FROM task"
                                    + " WHERE task_id = '%s'")
                            .formatted(task, model))
                    .execute());
        } finally {
            await(vertx.close());
        }
        assertThat(second.client.ended(task.replace("-", "")).getString("status"))
                .isEqualTo("finished");
    }

    @Test
    void anIdleNodeAsksTheDatabaseLessThanOnceASecond() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Pool pool = PgBuilder.pool()
                    .with(new PoolOptions().setMaxSize(1))
                    .connectingTo(database.connectOptions())
                    .using(vertx)
                    .build();
            await(pool.query("ALTER SYSTEM SET log_statement = 'all'").execute());
            await(pool.query("SELECT pg_reload_conf()").execute());
            long before = statements();
            await(vertx.timer(IDLE_SECONDS, TimeUnit.SECONDS));
            long asked = statements() - before;
            System.out.printf("three idle nodes asked the database %d times in %d s%n", asked, IDLE_SECONDS);
            // and what they ask once a minute may fall into these seconds
            assertThat(asked).isLessThan(3L * (IDLE_SECONDS + ONCE_A_MINUTE));
        } finally {
            await(vertx.close());
        }
    }

    private static long statements() throws IOException {
        try (Stream<String> log = Files.lines(home.resolve("database").resolve("postgres.log"))) {
            return log.filter(line -> line.contains("LOG:  execute") || line.contains("LOG:  statement"))
                    .count();
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static HttpRequest events(RunningServer node, String task) {
        return node.client
                .request("/tasks/" + task + "/events", "Accept", "text/event-stream")
                .build();
    }
}
