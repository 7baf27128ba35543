package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.BlockedThreadWatch;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Stop, skip, and clients that leave, on a model whose steps take 20 ms, one image at a time. */
@ExtendWith(BlockedThreadWatch.class)
final class ControlTest {

    private static final JsonObject LONG =
            new JsonObject().put("prompt", "a cat").put("sampler_name", "euler").put("overwrite_step", 200);
    private static final JsonObject SHORT = LONG.copy().put("overwrite_step", 2);

    @TempDir
    static Path home;

    private static final NullModel MODEL = new NullModel("null", 64, 4, 20);
    private static final AtomicInteger CALLS = new AtomicInteger();
    private static RunningServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        TinyPipeline.write(home.resolve("models"), "null");
        MODEL.beforeCall = CALLS::incrementAndGet;
        server = RunningServer.start(home, Map.of("http.abandon-after", "1 s", "sampler.max-rows", "1"), MODEL);
        client = server.client;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static boolean sampling(JsonObject record) {
        return record.getString("status").equals("running") && record.getInteger("progress") > 10;
    }

    @Test
    void stopEndsTheRunningTaskWithinTwoStepsAndTouchesNoOther() throws Exception {
        String running = client.queue(LONG);
        String waiting = client.queue(SHORT);
        client.await(running, ControlTest::sampling);
        CompletableFuture<Integer> seen = new CompletableFuture<>();
        assertThat(client.control("stop")).isEqualTo("task stoped");
        int calls = CALLS.get();
        MODEL.beforeDecode = () -> seen.complete(CALLS.get());
        JsonObject record = client.ended(running);
        assertThat(record.getString("status")).isEqualTo("stopped");
        assertThat(record.getString("task_status")).isEqualTo("stop");
        assertThat(record.getJsonArray("result")).isEmpty();
        assertThat(client.ended(waiting).getString("status")).isEqualTo("finished");
        // the waiting task's own two steps, each with and without the prompt, are among them
        assertThat(seen.get(60, TimeUnit.SECONDS) - calls).isLessThanOrEqualTo(2 * (2 + 2));
        assertThat(client.control("stop")).isEqualTo("No task running");
    }

    @Test
    void skipLeavesOutTheCurrentImageAndGoesOnWithTheNext() throws Exception {
        String task = client.queue(
                LONG.copy().put("image_number", 2).put("image_seed", 5).put("overwrite_step", 60));
        client.await(task, ControlTest::sampling);
        assertThat(client.control("skip")).isEqualTo("task skiped");
        JsonObject record = client.ended(task);
        assertThat(record.getString("status")).isEqualTo("finished");
        assertThat(record.getJsonArray("result")).hasSize(1);
    }

    @Test
    void aClientThatLeavesFreesItsTaskAndOneThatComesBackKeepsIt() throws Exception {
        HttpResponse<InputStream> left = client.open(client.generate(LONG.copy().put("stream_output", true)));
        String task = left.headers().firstValue("X-Task-Id").orElseThrow();
        left.body().close();
        // asking for the task would be coming back
        String next = client.queue(SHORT);
        assertThat(client.ended(next).getString("status")).isEqualTo("finished");
        assertThat(client.task(task).getString("status")).isEqualTo("stopped");

        HttpResponse<InputStream> back = client.open(
                client.generate(LONG.copy().put("stream_output", true).put("overwrite_step", 100)));
        String kept = back.headers().firstValue("X-Task-Id").orElseThrow();
        back.body().close();
        assertThat(client.ended(kept).getString("status")).isEqualTo("finished");
    }

    @Test
    void aTaskOfAnAsyncRequestIsNeverStoppedForItsClientsSake() throws Exception {
        String task = client.queue(LONG.copy().put("overwrite_step", 120));
        String next = client.queue(SHORT);
        assertThat(client.ended(next).getString("status")).isEqualTo("finished");
        assertThat(client.task(task).getString("status")).isEqualTo("finished");
    }

    @Test
    void aDeviceThatFailsOnceFailsOneTask() throws Exception {
        MODEL.failsNext = true;
        HttpResponse<String> failed = client.send(client.generate(SHORT));
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(failed.body()).contains("the device failed");
        assertThat(client.send(client.generate(SHORT)).statusCode()).isEqualTo(200);
    }
}
