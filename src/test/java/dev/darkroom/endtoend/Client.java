package dev.darkroom.endtoend;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** What a user's program says to a server. */
final class Client {

    static final Duration PATIENCE = Duration.ofSeconds(90);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String base;

    Client(int port) {
        base = "http://127.0.0.1:" + port;
    }

    /** Makes another client of the same server, with connections of its own. */
    Client(Client other) {
        base = other.base;
    }

    /** Returns a request for images. */
    HttpRequest generate(JsonObject body, String accept) {
        return HttpRequest.newBuilder(URI.create(base + "/v1/engine/generate"))
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
    }

    HttpRequest generate(JsonObject body) {
        return generate(body, "application/json");
    }

    /** Returns a request for images with one more header. */
    HttpRequest generate(JsonObject body, String header, String value) {
        return request("/v1/engine/generate", "Content-Type", "application/json")
                .header(header, value)
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
    }

    /** Returns a request to be completed. */
    HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(base + path));
        return headers.length == 0 ? builder : builder.headers(headers);
    }

    HttpResponse<String> post(String path) throws IOException, InterruptedException {
        return send(request(path).POST(HttpRequest.BodyPublishers.noBody()).build());
    }

    HttpResponse<String> delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE().build());
    }

    CompletableFuture<HttpResponse<String>> deleteLater(String path) {
        return sendLater(request(path).DELETE().build());
    }

    HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> sendLater(HttpRequest request) {
        return http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<byte[]> bytes(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    HttpResponse<byte[]> bytes(String url) throws IOException, InterruptedException {
        return bytes(HttpRequest.newBuilder(URI.create(url)).build());
    }

    /** Returns what comes, as it comes; closing it is leaving. */
    HttpResponse<InputStream> open(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(base + path)).build());
    }

    /** Posts {@code action} and returns the message. */
    String control(String action) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/v1/engine/control?action=" + action))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return new JsonObject(send(request).body()).getString("message");
    }

    /** Queues a task and returns its id. */
    String queue(JsonObject body) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(generate(body.copy().put("async_process", true)));
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + ": " + answer.body());
        }
        return new JsonObject(answer.body()).getString("task_id");
    }

    JsonObject task(String id) throws IOException, InterruptedException {
        return new JsonObject(get("/tasks/" + id).body());
    }

    String status(String id) throws IOException, InterruptedException {
        return task(id).getString("status");
    }

    JsonObject ended(String id) throws IOException, InterruptedException {
        return await(id, record -> !List.of("pending", "running").contains(record.getString("status")));
    }

    /** Asks for a task until its record is as wanted, also while no server listens. */
    JsonObject await(String id, Predicate<JsonObject> wanted) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        JsonObject record = new JsonObject();
        while (System.nanoTime() < until) {
            try {
                record = task(id);
                if (wanted.test(record)) {
                    return record;
                }
            } catch (ConnectException notYet) {
                // the server is starting
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("the task did not get there: " + record.encode());
    }
}
