package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import dev.darkroom.testing.BlockedThreadWatch;
import io.vertx.core.Future;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BlockedThreadWatch.class)
final class EventStreamTest {

    private static final String STREAM = HttpStage.post("{\"prompt\":\"cat\",\"stream_output\":true}");
    private static final String FIRST = "data: {\"progress\":1,\"preview\":null,"
            + "\"message\":\"Waiting for task to start ...\",\"images\":[]}\r\ndata: \r\n\r\n";

    @TempDir
    Path folder;

    private HttpStage stage;

    @BeforeEach
    void open() throws Exception {
        stage = new HttpStage(
                folder, Map.of("http.abandon-after", "300 ms", "http.heartbeat", "1 s", "http.max-streams", 3));
    }

    @AfterEach
    void close() {
        stage.close();
    }

    @Test
    void framesAreFooocusApisByteForByte() throws Exception {
        try (Socket socket = stage.raw(STREAM)) {
            BufferedReader reader = reader(socket);
            String head = head(reader);
            TaskId task = stage.submitted();
            assertThat(head)
                    .startsWith("HTTP/1.1 200 OK")
                    .containsIgnoringCase("content-type: text/event-stream; charset=utf-8")
                    .containsIgnoringCase("cache-control: no-store")
                    .containsIgnoringCase("x-accel-buffering: no")
                    .containsIgnoringCase("x-task-id: " + task.hex())
                    .containsIgnoringCase("transfer-encoding: chunked");
            assertThat(event(reader)).isEqualTo(FIRST);
            stage.run(task);
            byte[] png = {1, 2, 3, 4};
            stage.step(task, 9, png);
            assertThat(event(reader))
                    .isEqualTo("data: {\"progress\":9,\"preview\":\"data:image/png;base64,"
                            + Base64.getEncoder().encodeToString(png)
                            + "\",\"message\":\"Sampling step 9/30, image 1/1 ...\",\"images\":[]}\r\ndata: \r\n\r\n");
            SavedImage image = stage.finish(task);
            assertThat(event(reader))
                    .isEqualTo("data: {\"progress\":100,\"preview\":null,\"message\":\"Finished\","
                            + "\"images\":[\"http://camera.example:99/outputs/" + image.path()
                            + "\"]}\r\ndata: \r\n\r\n");
            assertThat(reader.readLine()).isEqualTo("0");
        }
        HttpStage.await(() -> metrics().contains("darkroom_http_open_streams 0.0"));
    }

    @Test
    void aFailureIsTheLastEvent() throws Exception {
        try (Socket socket = stage.raw(STREAM)) {
            BufferedReader reader = reader(socket);
            head(reader);
            event(reader);
            stage.end(stage.submitted(), TaskState.FAILED, TaskResult.EMPTY, "NaN in the \"latents\".");
            assertThat(event(reader))
                    .isEqualTo("data: {\"progress\":100,\"preview\":null,"
                            + "\"message\":\"Failed: NaN in the \\\"latents\\\".\",\"images\":[],"
                            + "\"error\":\"NaN in the \\\"latents\\\".\"}\r\ndata: \r\n\r\n");
        }
    }

    @Test
    void silenceIsFilledWithComments() throws Exception {
        try (Socket socket = stage.raw(STREAM)) {
            BufferedReader reader = reader(socket);
            head(reader);
            event(reader);
            assertThat(event(reader)).startsWith(": ping - ");
        }
    }

    @Test
    void aSlowReaderSkipsPreviewsButNeverTheEnd() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        byte[] preview = new byte[300_000];
        new Random(seed).nextBytes(preview);
        int told = 200;
        try (Socket socket = stage.raw(STREAM)) {
            BufferedReader reader = reader(socket);
            head(reader);
            TaskId task = stage.submitted();
            stage.run(task);
            for (int step = 1; step <= told; step++) {
                stage.step(task, step % 100, preview);
            }
            // what was told must have reached the stream before the end is told
            HttpStage.await(() -> stage.hub.isWatched(task));
            stage.finish(task);
            int events = 0;
            String last = "";
            while (!last.contains("\"Finished\"")) {
                last = event(reader);
                events++;
            }
            assertThat(events).isLessThan(told);
        }
    }

    @Test
    void aClientThatLeavesHasItsTaskStopped() throws Exception {
        TaskId task;
        try (Socket socket = stage.raw(STREAM)) {
            head(reader(socket));
            task = stage.submitted();
            stage.run(task);
        }
        assertThat(stage.store.stops.poll(30, TimeUnit.SECONDS)).isEqualTo(task);
    }

    @Test
    void aTaskThatSomebodyAsksForAgainGoesOn() throws Exception {
        TaskId task;
        try (Socket socket = stage.raw(STREAM)) {
            head(reader(socket));
            task = stage.submitted();
            stage.run(task);
        }
        HttpStage.await(() -> metrics().contains("darkroom_http_open_streams 0.0"));
        stage.send(stage.request("/tasks/" + task).GET());
        // a second one that nobody asks for is stopped later than the first would have been
        TaskId other;
        try (Socket socket = stage.raw(STREAM)) {
            head(reader(socket));
            other = stage.submitted();
        }
        assertThat(stage.store.stops.poll(30, TimeUnit.SECONDS)).isEqualTo(other);
        assertThat(stage.store.stops).isEmpty();
    }

    @Test
    void waitingClientsThatLeaveAreNoticedAndAsyncOnesKept() throws Exception {
        stage.send(stage.generate("{\"async_process\":true}"));
        stage.submitted();
        TaskId image;
        try (Socket socket = stage.raw(HttpStage.post("{}").replace("Host:", "Accept: image/png\r\nHost:"))) {
            image = stage.submitted();
            assertThat(socket.isConnected()).isTrue();
        }
        assertThat(stage.store.stops.poll(30, TimeUnit.SECONDS)).isEqualTo(image);
        TaskId record;
        try (Socket socket = stage.raw(HttpStage.post("{}"))) {
            record = stage.submitted();
            assertThat(socket.isConnected()).isTrue();
        }
        assertThat(stage.store.stops.poll(30, TimeUnit.SECONDS)).isEqualTo(record);
        assertThat(stage.store.stops).isEmpty();
    }

    @Test
    void streamsAreBounded() throws Exception {
        try (Socket one = stage.raw(STREAM);
                Socket two = stage.raw(STREAM);
                Socket three = stage.raw(STREAM)) {
            for (Socket socket : new Socket[] {one, two, three}) {
                assertThat(head(reader(socket))).contains(" 200 ");
            }
            assertThat(stage.send(stage.generate("{\"stream_output\":true}")).statusCode())
                    .isEqualTo(503);
        }
        HttpStage.await(() -> metrics().contains("darkroom_http_open_streams 0.0"));
    }

    @Test
    void aShutdownEndsStreamsAndStopsNothing() throws Exception {
        try (Socket socket = stage.raw(STREAM)) {
            BufferedReader reader = reader(socket);
            head(reader);
            event(reader);
            List<Future<Void>> undeployed = stage.vertx.deploymentIDs().stream()
                    .map(stage.vertx::undeploy)
                    .toList();
            String goodbye = event(reader);
            while (goodbye.startsWith(": ping")) {
                goodbye = event(reader);
            }
            assertThat(goodbye).startsWith(": the server shuts down");
            Future.all(undeployed).await(30, TimeUnit.SECONDS);
        }
        assertThat(stage.store.stops).isEmpty();
    }

    private String metrics() {
        try {
            return stage.send(stage.request("/metrics").GET()).body();
        } catch (Exception unreachable) {
            throw new AssertionError(unreachable);
        }
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String head(BufferedReader reader) throws IOException {
        StringBuilder head = new StringBuilder();
        String line = reader.readLine();
        while (!line.isEmpty()) {
            head.append(line).append('\n');
            line = reader.readLine();
        }
        return head.toString();
    }

    /** Reads one chunk: an event is never split over two. */
    private static String event(BufferedReader reader) throws IOException {
        int length = Integer.parseInt(reader.readLine(), 16);
        char[] chunk = new char[length];
        int read = 0;
        while (read < length) {
            read += reader.read(chunk, read, length - read);
        }
        assertThat(reader.readLine()).isEmpty();
        return new String(chunk);
    }
}
