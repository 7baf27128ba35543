package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.output.BucketServer;
import dev.darkroom.store.EmbeddedDatabase;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Several nodes with folders of their own on one database. */
@ExtendWith(EmbeddedDatabase.class)
class SharedImagesTest {

    private static final JsonObject CAT = new JsonObject()
            .put("prompt", "a cat")
            .put("overwrite_step", 2)
            .put("image_seed", 7)
            .put("save_name", "cat");

    @TempDir
    Path folder;

    private final List<RunningServer> running = new ArrayList<>();

    private RunningServer start(String name, PgConnectOptions database, Map<String, String> more) throws Exception {
        Path home = folder.resolve(name);
        if (Files.notExists(home)) {
            TinyPipeline.write(home.resolve("models"), "tiny");
        }
        Map<String, String> settings = new HashMap<>(more);
        settings.put(
                "database.uri",
                "postgresql://%s:%s@%s:%d/%s"
                        .formatted(
                                database.getUser(),
                                database.getPassword(),
                                database.getHost(),
                                database.getPort(),
                                database.getDatabase()));
        settings.putIfAbsent("cluster.share-images", "true");
        settings.putIfAbsent("sampler.enabled", "false");
        RunningServer server = RunningServer.start(home, settings, new NullModel("tiny", 64, 4, 0));
        running.add(server);
        return server;
    }

    private void stop(RunningServer server) {
        running.remove(server);
        server.close();
    }

    @AfterEach
    void close() {
        running.forEach(RunningServer::close);
    }

    /** Returns the path of the one image of a new task. */
    private static String image(RunningServer server) throws Exception {
        JsonObject record = server.client.ended(server.client.queue(CAT.copy()));
        assertThat(record.getString("status")).as(record.encode()).isEqualTo("finished");
        return URI.create(url(record)).getRawPath();
    }

    private static String url(JsonObject record) {
        return record.getJsonArray("result").getString(0);
    }

    private static HttpResponse<byte[]> get(RunningServer server, String path) throws Exception {
        return server.client.bytes("http://127.0.0.1:%d%s".formatted(server.port(), path));
    }

    private static Path file(RunningServer server, String path) {
        return server.outputs().resolve(path.substring("/outputs/".length()));
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!condition.call()) {
            assertThat(System.nanoTime()).as(what).isLessThan(until);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private static List<Path> pictures(RunningServer server) throws IOException {
        try (Stream<Path> files = Files.walk(server.outputs())) {
            return files.filter(file -> file.toString().endsWith(".png")).toList();
        }
    }

    @Test
    void anyNodeServesAnyImageAndALostNodeLosesNone(PgConnectOptions database) throws Exception {
        RunningServer first = start("first", database, Map.of("sampler.enabled", "true"));
        RunningServer second = start("second", database, Map.of());
        RunningServer third = start("third", database, Map.of());
        List<String> images = new ArrayList<>();
        List<HttpResponse<byte[]>> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            images.add(image(first));
            answers.add(get(first, images.get(i)));
        }
        // also the one that keeps no copy, and with the same tag
        for (RunningServer node : List.of(second, third)) {
            for (int i = 0; i < images.size(); i++) {
                HttpResponse<byte[]> answer = get(node, images.get(i));
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(answers.get(i).body());
                assertThat(answer.headers().firstValue("etag"))
                        .isEqualTo(answers.get(i).headers().firstValue("etag"));
            }
        }
        assertThat(get(second, "/outputs/2026-11-21/none.png").statusCode()).isEqualTo(404);

        await(
                "each image has one copy",
                () -> pictures(second).size() + pictures(third).size() == images.size());
        stop(first);
        try (Stream<Path> files = Files.walk(first.outputs())) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        stop(second);
        stop(third);
        RunningServer secondAgain = start("second", database, Map.of());
        RunningServer thirdAgain = start("third", database, Map.of());
        for (int i = 0; i < images.size(); i++) {
            String image = images.get(i);
            await(
                    "the others are there",
                    () -> get(secondAgain, image).statusCode() == 200
                            && get(thirdAgain, image).statusCode() == 200);
            assertThat(get(secondAgain, image).body()).isEqualTo(answers.get(i).body());
            assertThat(get(thirdAgain, image).body()).isEqualTo(answers.get(i).body());
        }
    }

    @Test
    void twoNodesNeverGiveTwoImagesOneName(PgConnectOptions database) throws Exception {
        RunningServer first = start("first", database, Map.of("sampler.enabled", "true"));
        String one = image(first);
        stop(first);
        RunningServer second = start("second", database, Map.of("sampler.enabled", "true"));
        // the same wish, and a folder that does not have it
        String other = image(second);
        assertThat(other).isNotEqualTo(one);
        assertThat(file(second, other)).exists();
        HttpResponse<byte[]> away = get(second, one);
        assertThat(away.statusCode()).isEqualTo(503);
        assertThat(away.headers().firstValue("retry-after")).isPresent();
    }

    @Test
    void aDeletedImageIsDeletedEverywhere(PgConnectOptions database) throws Exception {
        RunningServer first = start("first", database, Map.of("sampler.enabled", "true"));
        RunningServer second = start("second", database, Map.of());
        String task = first.client.queue(CAT.copy());
        String image = URI.create(url(first.client.ended(task))).getRawPath();
        await("it is copied", () -> Files.exists(file(second, image)));
        assertThat(second.client.delete("/tasks/" + task).statusCode()).isEqualTo(200);
        await("both files are gone", () -> Files.notExists(file(first, image)) && Files.notExists(file(second, image)));
        assertThat(get(first, image).statusCode()).isEqualTo(404);
        assertThat(get(second, image).statusCode()).isEqualTo(404);
    }

    @Test
    void imagesFromBeforeAreSharedToo(PgConnectOptions database) throws Exception {
        RunningServer alone =
                start("first", database, Map.of("cluster.share-images", "false", "sampler.enabled", "true"));
        String image = image(alone);
        stop(alone);
        start("first", database, Map.of());
        RunningServer second = start("second", database, Map.of());
        await("the second one has a copy", () -> Files.exists(file(second, image)));
    }

    @Test
    void aStrangerIsRefused(PgConnectOptions database) throws Exception {
        RunningServer first = start(
                "first", database, Map.of("sampler.enabled", "true", "cluster.images-port", Integer.toString(port())));
        String image = image(first);
        int port = imagesPort;
        HttpClient client = HttpClient.newHttpClient();
        URI target = URI.create("http://127.0.0.1:" + port + "/pictures/" + image.substring("/outputs/".length()));
        for (HttpRequest.Builder request : List.of(
                HttpRequest.newBuilder(target),
                HttpRequest.newBuilder(target).PUT(HttpRequest.BodyPublishers.ofString("x")),
                HttpRequest.newBuilder(target)
                        .header("X-Darkroom-Time", Long.toString(System.currentTimeMillis()))
                        .header("X-Darkroom-Digest", "0")
                        .header("X-Darkroom-Signature", "0"))) {
            assertThat(client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(401);
        }
    }

    private int imagesPort;

    private int port() throws IOException {
        try (java.net.ServerSocket free = new java.net.ServerSocket(0)) {
            imagesPort = free.getLocalPort();
        }
        return imagesPort;
    }

    @Test
    void objectStorageKeepsWhatNodesLose(PgConnectOptions database) throws Exception {
        try (BucketServer bucket = new BucketServer("darkroom")) {
            Map<String, String> storage = Map.of(
                    "object-storage.bucket", "darkroom",
                    "object-storage.endpoint", bucket.endpoint(),
                    "object-storage.access-key", "testing",
                    "object-storage.secret-key", "testing-secret",
                    "cluster.share-images", "false",
                    "sampler.enabled", "true");
            RunningServer first = start("first", database, storage);
            String task = first.client.queue(CAT.copy());
            String image = URI.create(url(first.client.ended(task))).getRawPath();
            byte[] picture = get(first, image).body();
            await("it is stored", () -> bucket.size() == 1);
            stop(first);
            RunningServer second = start("second", database, storage);
            HttpResponse<byte[]> answer = get(second, image);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(picture);

            assertThat(second.client.delete("/tasks/" + task).statusCode()).isEqualTo(200);
            await("it is no longer stored", () -> bucket.size() == 0);
            assertThat(get(second, image).statusCode()).isEqualTo(404);
        }
    }
}
