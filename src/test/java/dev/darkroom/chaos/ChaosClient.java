package dev.darkroom.chaos;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** A client that knows several nodes, and goes to another one when one does not answer. */
final class ChaosClient {

    private final List<NodeProcess> nodes;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    ChaosClient(List<NodeProcess> nodes) {
        this.nodes = nodes;
    }

    private NodeProcess any(Random random) {
        while (true) {
            NodeProcess node = nodes.get(random.nextInt(nodes.size()));
            if (node.serves()) {
                return node;
            }
            LockSupport.parkNanos(10_000_000);
        }
    }

    /** Submits until a node acknowledges; the key makes a repetition harmless. */
    String submit(JsonObject request, Random random) throws InterruptedException {
        String key = UUID.randomUUID().toString();
        while (true) {
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(URI.create(any(random).url() + "/v1/engine/generate"))
                                .timeout(Duration.ofSeconds(15))
                                .header("Content-Type", "application/json")
                                .header("Accept", "application/json")
                                .header("Idempotency-Key", key)
                                .POST(HttpRequest.BodyPublishers.ofString(request.encode()))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    return new JsonObject(answer.body()).getString("task_id");
                }
                if (answer.statusCode() != 503
                        || answer.headers().firstValue("Retry-After").isEmpty()) {
                    throw new IllegalStateException(answer.statusCode() + ": " + answer.body());
                }
            } catch (IOException gone) {
                // another node may answer
            }
            LockSupport.parkNanos(100_000_000);
        }
    }

    /** Follows a task from node to node until a stream tells its end; gives up at {@code deadline}. */
    boolean follow(String task, Random random, long deadline) throws InterruptedException {
        String last = "";
        while (System.nanoTime() < deadline) {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create(any(random).url() + "/tasks/" + task + "/events"))
                    .timeout(Duration.ofSeconds(30))
                    .header("Accept", "text/event-stream");
            if (!last.isEmpty()) {
                request.header("Last-Event-ID", last);
            }
            try {
                HttpResponse<InputStream> answer =
                        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
                try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        if (line.startsWith("id: ")) {
                            last = line.substring(4);
                        } else if (line.startsWith("event: ended")) {
                            return true;
                        }
                    }
                }
            } catch (IOException gone) {
                // the node died, or stands still
            }
            LockSupport.parkNanos(100_000_000);
        }
        return false;
    }

    /** Returns a request for one of the pictures that the undisturbed run made, too. */
    static JsonObject request(String sampler, int steps) {
        return new JsonObject()
                .put("prompt", "a cat")
                .put("style_selections", new JsonArray())
                .put("image_seed", 7)
                .put("sampler_name", sampler)
                .put("overwrite_step", steps)
                .put("save_metadata_to_images", false)
                .put("async_process", true);
    }
}
