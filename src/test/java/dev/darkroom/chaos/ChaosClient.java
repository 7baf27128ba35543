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
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A client that knows several nodes, and goes to another one when one does not answer. For any thread. */
final class ChaosClient {

    private static final long APART_MILLIS = 100;

    private final List<NodeProcess> nodes;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    ChaosClient(List<NodeProcess> nodes) {
        this.nodes = nodes;
    }

    /** Returns a node that serves, once there is one. */
    NodeProcess any() throws InterruptedException {
        while (true) {
            NodeProcess node = nodes.get(ThreadLocalRandom.current().nextInt(nodes.size()));
            if (node.serves()) {
                return node;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** Submits until a node acknowledges; the key makes a repetition harmless. Returns the task. */
    String submit(JsonObject request) throws InterruptedException {
        String key = UUID.randomUUID().toString();
        while (true) {
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(URI.create(any().url() + "/v1/engine/generate"))
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
            TimeUnit.MILLISECONDS.sleep(APART_MILLIS);
        }
    }

    /** Returns a task's record. */
    JsonObject record(NodeProcess node, String task) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(node.url() + "/tasks/" + task))
                        .timeout(Duration.ofSeconds(15))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return new JsonObject(answer.body());
    }

    /** Returns what a node answers for a picture. */
    HttpResponse<byte[]> picture(NodeProcess node, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(node.url() + "/outputs/" + path))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    /** Follows a task until a stream tells its end, whatever happens to the nodes in between. */
    void follow(ChaosStreams.Stream stream, Supplier<NodeProcess> choice) throws InterruptedException {
        String last = "";
        while (!stream.ended()) {
            NodeProcess node = choice.get();
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create((node == null ? any() : node).url() + "/tasks/" + stream.task() + "/events"))
                    .timeout(Duration.ofSeconds(10))
                    .header("Accept", "text/event-stream");
            if (!last.isEmpty()) {
                request.header("Last-Event-ID", last);
            }
            try {
                HttpResponse<InputStream> answer =
                        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
                if (answer.statusCode() == 200) {
                    stream.attached();
                }
                try (BufferedReader lines =
                        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                        if (line.startsWith("id: ")) {
                            last = line.substring(4);
                        } else if (line.startsWith("event: ")) {
                            stream.told(line.substring(7));
                        }
                    }
                }
            } catch (IOException gone) {
                // the node died, or stands still
            }
            TimeUnit.MILLISECONDS.sleep(APART_MILLIS);
        }
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
