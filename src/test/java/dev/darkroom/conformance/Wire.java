package dev.darkroom.conformance;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** One key's client of one port, which adds nothing to what it is told to send: not even an Accept header. */
final class Wire {

    static final String FORM = "multipart/form-data; boundary=edge";

    private static final long PATIENCE_SECONDS = 90;

    final String base;
    private final String key;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** @param key an API key, or empty for none */
    Wire(int port, String key) {
        base = "http://127.0.0.1:" + port;
        this.key = key;
    }

    /** An answer, whole. */
    record Answer(int status, HttpHeaders headers, byte[] bytes) {
        String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        JsonObject json() {
            return new JsonObject(text());
        }

        JsonArray array() {
            return new JsonArray(text());
        }

        String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        /** Returns where the first mistake of a 422 lies, as {@code body.field.0}. */
        String firstMistake() {
            List<?> location = detail().getJsonArray("loc").getList();
            return String.join(".", location.stream().map(String::valueOf).toList());
        }

        JsonObject detail() {
            return json().getJsonArray("detail").getJsonObject(0);
        }
    }

    /** Returns a form with one file in it; its type is {@link #FORM}. */
    static byte[] form(String field, byte[] file) {
        ByteArrayOutputStream form = new ByteArrayOutputStream();
        form.writeBytes(("--edge\r\nContent-Disposition: form-data; name=\"" + field
                        + "\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        form.writeBytes(file);
        form.writeBytes("\r\n--edge--\r\n".getBytes(StandardCharsets.US_ASCII));
        return form.toByteArray();
    }

    private HttpRequest request(String method, String path, String body, String... headers) {
        return request(
                method,
                path,
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body),
                headers);
    }

    private HttpRequest request(String method, String path, HttpRequest.BodyPublisher body, String... headers) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(path.startsWith("http") ? path : base + path))
                .method(method, body);
        if (!key.isEmpty()) {
            builder.header("X-API-KEY", key);
        }
        boolean typed = false;
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
            typed |= headers[i].equalsIgnoreCase("Content-Type");
        }
        if (body.contentLength() != 0 && !typed) {
            builder.header("Content-Type", "application/json");
        }
        return builder.build();
    }

    Answer send(String method, String path, String body, String... headers) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer =
                http.send(request(method, path, body, headers), HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(answer.statusCode(), answer.headers(), answer.body());
    }

    Answer get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, null, headers);
    }

    Answer post(String path, String body, String... headers) throws IOException, InterruptedException {
        return send("POST", path, body, headers);
    }

    Answer postBytes(String path, byte[] body, String type) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = http.send(
                request("POST", path, HttpRequest.BodyPublishers.ofByteArray(body), "Content-Type", type),
                HttpResponse.BodyHandlers.ofByteArray());
        return new Answer(answer.statusCode(), answer.headers(), answer.body());
    }

    CompletableFuture<Answer> postLater(String path, String body, String... headers) {
        return http.sendAsync(request("POST", path, body, headers), HttpResponse.BodyHandlers.ofByteArray())
                .thenApply(answer -> new Answer(answer.statusCode(), answer.headers(), answer.body()));
    }

    /** Returns the bytes as they come; closing them is leaving. */
    InputStream open(String path, String body) throws IOException, InterruptedException {
        return http.send(request("POST", path, body), HttpResponse.BodyHandlers.ofInputStream())
                .body();
    }

    /** Queues a task and returns its id. */
    String queue(JsonObject body) throws IOException, InterruptedException {
        Answer answer = post(
                "/v1/engine/generate", body.copy().put("async_process", true).encode());
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + ": " + answer.text());
        }
        return answer.json().getString("task_id");
    }

    JsonObject task(String id) throws IOException, InterruptedException {
        return get("/tasks/" + id).json();
    }

    /** Asks for a task until its record is as wanted. */
    JsonObject await(String id, Predicate<JsonObject> wanted) throws IOException, InterruptedException {
        return await("/tasks/" + id, id, wanted);
    }

    /** Asks until the JSON of {@code path} is as wanted. */
    JsonObject await(String path, String what, Predicate<JsonObject> wanted) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000;
        JsonObject last = new JsonObject();
        while (System.nanoTime() < until) {
            last = get(path).json();
            if (wanted.test(last)) {
                return last;
            }
            LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError(what + " did not get there: " + last.encode());
    }

    JsonObject ended(String id) throws IOException, InterruptedException {
        return await(id, record -> !List.of("pending", "running").contains(record.getString("status")));
    }

    /** Makes a picture and returns its record. */
    JsonObject finished(JsonObject body) throws IOException, InterruptedException {
        Answer answer = post("/v1/engine/generate", body.encode());
        if (answer.status() != 200) {
            throw new AssertionError(answer.status() + ": " + answer.text());
        }
        return answer.json();
    }
}
