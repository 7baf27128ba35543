package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.store.Awaited;
import dev.darkroom.store.EmbeddedPostgres;
import dev.darkroom.testing.NullModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database whose statements take longer than anybody waits. */
final class SlowDatabaseTest {

    private static final JsonObject CAT =
            new JsonObject().put("prompt", "a cat").put("async_process", true);

    @TempDir
    Path home;

    @Test
    void clientsAreToldToComeAgainAndNothingAcknowledgedIsLost() throws Exception {
        TinyPipeline.write(home.resolve("node/models"), "null");
        Vertx vertx = Vertx.vertx();
        try (EmbeddedPostgres database = EmbeddedPostgres.start(home.resolve("database"), 0, sentence -> {});
                RunningServer server = RunningServer.start(
                        home.resolve("node"),
                        Map.of("database.uri", uri(database.connectOptions())),
                        new NullModel("null", 64, 200, 10))) {
            List<String> acknowledged = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                acknowledged.add(server.client.queue(CAT.copy().put("image_seed", i)));
            }
            server.client.await(acknowledged.get(0), record -> record.getInteger("progress") > 10);
            PgConnection blocker = Awaited.get(PgConnection.connect(vertx, database.connectOptions()));
            Awaited.get(blocker.query("BEGIN; LOCK TABLE task IN ACCESS EXCLUSIVE MODE")
                    .execute());

            List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                asked.add(server.client.sendLater(server.client.generate(CAT)));
            }
            asked.add(server.client.sendLater(
                    server.client.request("/tasks/" + acknowledged.get(0)).build()));
            asked.add(server.client.sendLater(server.client.request("/tasks").build()));
            CompletableFuture<HttpResponse<String>> ready = server.client.sendLater(
                    server.client.request("/health/ready").build());
            assertThat(server.client.get("/health/live").statusCode()).isEqualTo(200);
            for (CompletableFuture<HttpResponse<String>> answer : asked) {
                HttpResponse<String> refusal = answer.get(60, TimeUnit.SECONDS);
                assertThat(refusal.statusCode()).as(refusal.body()).isEqualTo(503);
                assertThat(refusal.headers().firstValueAsLong("Retry-After").orElse(0))
                        .isPositive();
                assertThat(new JsonObject(refusal.body()).getString("detail")).contains("database");
            }
            HttpResponse<String> health = ready.get(60, TimeUnit.SECONDS);
            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(new JsonObject(health.body()).getString("reason")).contains("database");

            Awaited.get(blocker.query("COMMIT").execute());
            acknowledged.add(server.client.queue(CAT.copy().put("overwrite_step", 3)));
            for (String task : acknowledged) {
                JsonObject record = server.client.ended(task);
                assertThat(record.getString("status")).as(record.encode()).isEqualTo("finished");
                assertThat(record.getJsonArray("result")).hasSize(1);
            }
        } finally {
            Awaited.get(vertx.close());
        }
    }

    private static String uri(PgConnectOptions at) {
        return "postgresql://%s:%s@%s:%d/%s"
                .formatted(at.getUser(), at.getPassword(), at.getHost(), at.getPort(), at.getDatabase());
    }
}
