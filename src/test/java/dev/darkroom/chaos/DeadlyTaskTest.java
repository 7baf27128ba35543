package dev.darkroom.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A task that ends every process that runs it. */
final class DeadlyTaskTest {

    private static final int ATTEMPTS = 2;

    @TempDir
    Path folder;

    @Test
    void aTaskThatKillsItsNodesFailsWithTheReasonAndTakesNobodyDownWithIt() throws Exception {
        Map<String, String> settings =
                Map.of("http.port", "0", "sampler.measure", "0ms", "queue.max-attempts", Integer.toString(ATTEMPTS));
        try (NodeProcess node = new NodeProcess(folder.resolve("node"), settings)) {
            ChaosClient client = new ChaosClient(List.of(node));
            node.start();
            node.awaitReady();
            List<String> innocent = new ArrayList<>();
            innocent.add(client.submit(ChaosClient.request("euler", 400)));
            innocent.add(client.submit(ChaosClient.request("dpmpp_2m", 300)));
            String deadly = client.submit(ChaosClient.request("euler", 4).put("prompt", ChaosNode.DEADLY));
            // the first death is everybody's, since all were together; in the later ones it is alone
            for (int death = 1; death <= ATTEMPTS; death++) {
                assertThat(node.awaitEnd()).isTrue();
                node.start();
                node.awaitReady();
            }
            innocent.add(client.submit(ChaosClient.request("euler", 4)));
            JsonObject failed = ended(client, node, deadly);
            assertThat(failed.getString("status")).as(failed.encode()).isEqualTo("failed");
            assertThat(failed.encode()).contains("died 2 times while it ran this task");
            for (String task : innocent) {
                JsonObject record = ended(client, node, task);
                assertThat(record.getString("status")).as(record.encode()).isEqualTo("finished");
            }
        }
    }

    private static JsonObject ended(ChaosClient client, NodeProcess node, String task) throws Exception {
        JsonObject[] record = new JsonObject[1];
        Until.holds("task %s ends".formatted(task), Until.LONG, () -> {
            record[0] = client.record(node, task);
            return !List.of("pending", "running").contains(record[0].getString("status"));
        });
        return record[0];
    }
}
