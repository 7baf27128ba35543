package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that is asked to stop. */
final class DrainingNodeTest {

    @TempDir
    Path home;

    @Test
    void itSaysSoWhileItsStepEndsAndStillAnswers() throws Exception {
        TinyPipeline.write(home.resolve("models"), "null");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        NullModel model = new NullModel("null", 64, 4, 1);
        RunningServer server = RunningServer.start(home, Map.of(), model);
        model.beforeCall = () -> {
            begun.countDown();
            awaitQuietly(goOn);
        };
        CompletableFuture<Void> stopped = null;
        try {
            String task = server.client.queue(new JsonObject().put("prompt", "a cat"));
            assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(server.client.get("/health/ready").statusCode()).isEqualTo(200);
            stopped = CompletableFuture.runAsync(server::close);
            JsonObject health = awaitDraining(server);
            assertThat(health.getString("reason")).contains("being stopped");
            assertThat(server.client.get("/health/live").statusCode()).isEqualTo(200);
            assertThat(server.client.task(task).getString("status")).isEqualTo("running");
        } finally {
            goOn.countDown();
            if (stopped == null) {
                server.close();
            } else {
                stopped.get(60, TimeUnit.SECONDS);
            }
        }
    }

    private static JsonObject awaitDraining(RunningServer server) throws Exception {
        long until = System.nanoTime() + Client.PATIENCE.toNanos();
        while (System.nanoTime() < until) {
            HttpResponse<String> answer = server.client.get("/health/ready");
            JsonObject health = new JsonObject(answer.body());
            if (health.getString("status").equals("draining")) {
                assertThat(answer.statusCode()).isEqualTo(503);
                return health;
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("it never said that it drains");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test is over");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
