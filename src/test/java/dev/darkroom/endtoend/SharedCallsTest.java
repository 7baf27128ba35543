package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.BlockedThreadWatch;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Requests that share model calls, on a model whose calls take 10 ms whatever they hold. */
@ExtendWith(BlockedThreadWatch.class)
final class SharedCallsTest {

    private static final JsonObject BODY =
            new JsonObject().put("prompt", "a cat").put("sampler_name", "euler").put("overwrite_step", 120);

    @TempDir
    static Path home;

    private static final NullModel MODEL = new NullModel("null", 64, 4, 10);
    private static final Queue<Integer> COMPANY = new ConcurrentLinkedQueue<>();
    private static RunningServer server;
    private static Client client;

    @BeforeAll
    static void start() throws Exception {
        TinyPipeline.write(home.resolve("models"), "null");
        MODEL.onCall = batch -> COMPANY.add(different(batch));
        server = RunningServer.start(home, Map.of(), MODEL);
        client = server.client;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static int different(DenoiserBatch batch) {
        return (int) IntStream.range(0, batch.rows())
                .map(row -> Float.floatToIntBits(batch.timesteps()[row]))
                .distinct()
                .count();
    }

    @Test
    void requestsOfAllKindsShareCallsAndOneThatIsStoppedLeavesTheOthersAlone() throws Exception {
        String stopped = client.queue(BODY.copy().put("overwrite_step", 900));
        String[] others = {
            client.queue(BODY.copy().put("sampler_name", "dpmpp_2m").put("overwrite_step", 150)),
            client.queue(BODY.copy().put("guidance_scale", 1.0).put("image_seed", 5)),
            client.queue(BODY.copy().put("sampler_name", "heun").put("guidance_scale", 9.5)),
            client.queue(BODY.copy().put("sampler_name", "euler_ancestral").put("image_number", 2))
        };
        client.await(stopped, record -> record.getInteger("progress") > 6);
        assertThat(client.post("/tasks/" + stopped + "/stop").statusCode()).isEqualTo(202);
        for (String other : others) {
            assertThat(client.ended(other).getString("status")).isEqualTo("finished");
        }
        assertThat(client.ended(stopped).getString("status")).isEqualTo("stopped");
        assertThat(COMPANY).anyMatch(different -> different >= 3);
        assertThat(client.get("/metrics").body()).contains("darkroom_step_join_seconds", "darkroom_unet_rows_total");
    }
}
