package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.BlockedThreadWatch;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A thousand clients wait for their records on a slow sampler: for 30 s, or as many as
 * {@code -Ddarkroom.test.waiting=120} says.
 */
@ExtendWith(BlockedThreadWatch.class)
final class WaitingClientsTest {

    private static final int CLIENTS = 1000;
    private static final long SECONDS = Long.getLong("darkroom.test.waiting", 30);

    @TempDir
    Path home;

    @Test
    void aThousandWaitingClientsAreAllAnsweredAndTheServerStaysLively() throws Exception {
        TinyPipeline.write(home.resolve("models"), "null");
        // one step a task, without guidance
        NullModel model = new NullModel("null", 64, 1, SECONDS * 1000 / CLIENTS);
        JsonObject request = new JsonObject()
                .put("prompt", "a cat")
                .put("guidance_scale", 1.0)
                .put("sampler_name", "euler")
                .put("overwrite_step", 1);
        try (RunningServer server = RunningServer.start(home, Map.of(), model)) {
            Client client = server.client;
            client.send(client.generate(request));
            long begun = System.nanoTime();
            List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                waiting.add(client.sendLater(client.generate(request)));
            }
            CompletableFuture<Void> all = CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new));
            Client visitor = new Client(server.client);
            List<Long> nanos = new ArrayList<>();
            while (!all.isDone()) {
                assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(4 * SECONDS + 300));
                long start = System.nanoTime();
                assertThat(visitor.get("/health/live").statusCode()).isEqualTo(200);
                nanos.add(System.nanoTime() - start);
                LockSupport.parkNanos(20_000_000);
            }
            double seconds = Duration.ofNanos(System.nanoTime() - begun).toMillis() / 1000.0;
            for (CompletableFuture<HttpResponse<String>> one : waiting) {
                assertThat(one.get().statusCode()).isEqualTo(200);
                assertThat(new JsonObject(one.get().body()).getString("task_status"))
                        .isEqualTo("finished");
            }
            nanos.sort(null);
            double millis = nanos.get((int) (nanos.size() * 0.99)) / 1e6;
            System.out.printf(
                    "%d clients waited up to %.1f s; /health/live meanwhile %d times, p99 %.1f ms, longest %.1f ms%n",
                    CLIENTS, seconds, nanos.size(), millis, nanos.get(nanos.size() - 1) / 1e6);
        }
    }
}
