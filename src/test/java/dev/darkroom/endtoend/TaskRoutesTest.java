package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.BlockedThreadWatch;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What may be done with a task by its id, and what it tells of itself, on a model that waits where a test wants it to. */
@ExtendWith(BlockedThreadWatch.class)
final class TaskRoutesTest {

    private static final JsonObject CAT =
            new JsonObject().put("prompt", "a cat").put("sampler_name", "euler").put("overwrite_step", 3);

    @TempDir
    static Path home;

    private static final NullModel MODEL = new NullModel("null", 64, 4, 1);
    private static RunningServer server;
    private static Client client;

    /** Where the lane waits while a test holds it. */
    private volatile CompletableFuture<Void> gate;

    @BeforeAll
    static void start() throws Exception {
        TinyPipeline.write(home.resolve("models"), "null");
        Files.createDirectories(home.resolve("conf/presets"));
        Files.writeString(home.resolve("conf/presets/anime.json"), "{}");
        server = RunningServer.start(
                home,
                Map.of(
                        "queue.capacity",
                        "40",
                        // one image after the other
                        "sampler.max-rows",
                        "1"),
                MODEL);
        client = server.client;
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void open() {
        gate = CompletableFuture.completedFuture(null);
        MODEL.beforeCall = () -> gate.join();
    }

    @AfterEach
    void release() throws Exception {
        MODEL.beforeCall = () -> {};
        MODEL.beforeDecode = () -> {};
        gate.complete(null);
        // no test is to wait for another one's tasks
        for (String list : List.of("pending", "current")) {
            JsonArray left = new JsonObject(
                            client.get("/tasks?page_size=1000&query=" + list).body())
                    .getJsonArray(list);
            for (Object record : left) {
                client.ended(((JsonObject) record).getString("task_id"));
            }
        }
    }

    private void hold() {
        gate = new CompletableFuture<>();
    }

    private String running(JsonObject request) throws Exception {
        String task = client.queue(request);
        client.await(task, record -> record.getString("status").equals("running"));
        return task;
    }

    @Test
    void whatWaitsIsStoppedAtOnceWhatRunsSoonAndTwiceIsNoMistake() throws Exception {
        hold();
        String first = running(CAT);
        String second = client.queue(CAT);
        String waiting = client.queue(CAT);
        HttpResponse<String> stopped = client.post("/tasks/" + waiting + "/stop");
        assertThat(stopped.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(stopped.body()).getString("outcome")).isEqualTo("stopped");
        HttpResponse<String> stopping = client.post("/tasks/" + first + "/stop");
        assertThat(stopping.statusCode()).isEqualTo(202);
        assertThat(new JsonObject(stopping.body()).getString("outcome")).isEqualTo("stopping");
        gate.complete(null);
        assertThat(client.ended(first).getString("status")).isEqualTo("stopped");
        assertThat(client.ended(second).getString("status")).isEqualTo("finished");
        HttpResponse<String> again = client.post("/tasks/" + second + "/stop");
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(new JsonObject(again.body()))
                .isEqualTo(new JsonObject()
                        .put("task_id", second)
                        .put("outcome", "ended")
                        .put("status", "finished"));
    }

    @Test
    void skipLeavesOutOneImageOfOneTaskAndSaysNoWhereThereIsNone() throws Exception {
        hold();
        String task = running(CAT.copy().put("image_number", 2));
        String other = client.queue(CAT);
        String waiting = client.queue(CAT);
        assertThat(client.post("/tasks/" + waiting + "/skip").statusCode()).isEqualTo(409);
        assertThat(client.post("/tasks/" + task + "/skip").statusCode()).isEqualTo(202);
        gate.complete(null);
        assertThat(client.ended(task).getJsonArray("result")).hasSize(1);
        assertThat(client.ended(other).getJsonArray("result")).hasSize(1);
        assertThat(client.post("/tasks/" + other + "/skip").statusCode()).isEqualTo(409);
    }

    @Test
    void deletingTakesRecordAndFilesAndStopsWhatRuns() throws Exception {
        String done = client.queue(CAT);
        String url = client.ended(done).getJsonArray("result").getString(0);
        assertThat(client.bytes(url).statusCode()).isEqualTo(200);
        assertThat(client.delete("/tasks/" + done).statusCode()).isEqualTo(204);
        assertThat(client.get("/tasks/" + done).body()).isEqualTo("[]");
        assertThat(client.bytes(url).statusCode()).isEqualTo(404);
        assertThat(client.delete("/tasks/" + done).statusCode()).isEqualTo(404);

        hold();
        String runs = running(CAT);
        CompletableFuture<HttpResponse<String>> deleting = client.deleteLater("/tasks/" + runs);
        client.await(runs, record -> !deleting.isDone());
        gate.complete(null);
        assertThat(deleting.get().statusCode()).isEqualTo(204);
        assertThat(client.get("/tasks/" + runs).body()).isEqualTo("[]");
    }

    @Test
    void idsThatAreNoneAndForeignPagesAreRefused() throws Exception {
        for (String id : List.of("nonsense", "0".repeat(32))) {
            assertThat(client.post("/tasks/" + id + "/stop").statusCode()).isEqualTo(404);
            assertThat(client.post("/tasks/" + id + "/skip").statusCode()).isEqualTo(404);
            assertThat(client.delete("/tasks/" + id).statusCode()).isEqualTo(404);
            assertThat(client.get("/tasks/" + id + "/events").statusCode()).isEqualTo(404);
        }
        String task = client.queue(CAT);
        client.ended(task);
        HttpResponse<String> foreign = client.send(client.request("/tasks/" + task, "Origin", "https://evil.example")
                .DELETE()
                .build());
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(client.status(task)).isEqualTo("finished");
    }

    @Test
    void aRunningTasksRecordNamesTheImagesThatAreDone() throws Exception {
        // the lane saves between two calls, so that it must not stand still: the second image takes seconds
        MODEL.beforeDecode = () -> MODEL.beforeCall = () -> LockSupport.parkNanos(10_000_000);
        String task = client.queue(CAT.copy().put("image_number", 3).put("overwrite_step", 200));
        JsonObject record = client.await(
                task,
                known -> known.getString("status").equals("running")
                        && !known.getJsonArray("result").isEmpty());
        String url = record.getJsonArray("result").getString(0);
        assertThat(client.bytes(url).statusCode()).isEqualTo(200);
        MODEL.beforeDecode = () -> {};
        MODEL.beforeCall = () -> {};
        assertThat(client.ended(task).getJsonArray("result")).hasSize(3).contains(url);
    }

    @Test
    void eventsTellTheStateFirstThenAllUntilTheEnd() throws Exception {
        hold();
        String task = running(CAT.copy().put("image_number", 2));
        List<EventReader> readers = List.of(EventReader.open(client, task, null), EventReader.open(client, task, null));
        List<EventReader.Event> states = new ArrayList<>();
        for (EventReader reader : readers) {
            states.add(reader.next());
        }
        assertThat(states).allSatisfy(state -> {
            assertThat(state.name()).isEqualTo("task");
            assertThat(state.data().getString("task_id")).isEqualTo(task);
            assertThat(state.data().getString("status")).isEqualTo("running");
        });
        gate.complete(null);
        for (EventReader reader : readers) {
            List<EventReader.Event> rest = reader.rest();
            assertThat(rest)
                    .extracting(EventReader.Event::name)
                    .contains("progress")
                    .endsWith("ended");
            assertThat(rest.stream().filter(event -> event.name().equals("image")))
                    .hasSize(2);
            EventReader.Event end = rest.get(rest.size() - 1);
            assertThat(end.data().getString("status")).isEqualTo("finished");
            assertThat(end.data().getJsonArray("result")).hasSize(2);
            assertThat(end.data().equals(client.task(task))).isTrue();
            List<String> ids = rest.stream()
                    .map(EventReader.Event::id)
                    .filter(id -> id != null)
                    .toList();
            assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("1\\.\\d+"));
            assertThat(ids.stream()
                            .mapToLong(id -> Long.parseLong(id.substring(2)))
                            .toArray())
                    .isSorted();
            // what a client has is not sent again, and who has the end is told not to come again
            assertThat(EventReader.open(client, task, ids.get(0)).rest())
                    .extracting(EventReader.Event::name)
                    .containsExactly("ended");
            assertThat(client.send(client.request("/tasks/" + task + "/events", "Last-Event-ID", end.id())
                                    .build())
                            .statusCode())
                    .isEqualTo(204);
        }
    }

    @Test
    void aTaskThatRunsOrWaitsTooLongIsTimedOut() throws Exception {
        hold();
        String slow = client.queue(CAT.copy().put("timeout", 0.2).put("overwrite_step", 900));
        client.await(slow, record -> record.getString("status").equals("running"));
        String next = client.queue(CAT);
        String late = client.queue(CAT.copy().put("queue_timeout", 0.1));
        JsonObject waited = client.ended(late);
        assertThat(waited.getString("status")).isEqualTo("timed_out");
        assertThat(waited.getString("task_status")).isEqualTo("timed_out");
        assertThat(waited.getString("error")).contains("No device was free");
        MODEL.beforeCall = () -> {};
        gate.complete(null);
        JsonObject ran = client.ended(slow);
        assertThat(ran.getString("status")).isEqualTo("timed_out");
        assertThat(ran.getString("error")).isEqualTo("The task ran longer than its time limit of 0.2 s.");
        assertThat(client.ended(next).getString("status")).isEqualTo("finished");
        HttpResponse<String> bad = client.send(client.generate(CAT.copy().put("timeout", 0)));
        assertThat(bad.statusCode()).isEqualTo(422);
        assertThat(bad.body()).contains("\"timeout\"");
    }

    @Test
    void theSameKeyMeansTheSameTaskAndAnotherBodyIsRefused() throws Exception {
        String key = "key-" + System.nanoTime();
        HttpResponse<String> first = client.send(client.generate(CAT, "Idempotency-Key", key));
        HttpResponse<String> again = client.send(client.generate(CAT, "Idempotency-Key", key));
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        HttpResponse<String> other =
                client.send(client.generate(CAT.copy().put("prompt", "a dog"), "Idempotency-Key", key));
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("\"header\",\"Idempotency-Key\"", "\"input\":\"" + key + "\"");
        JsonObject reordered = new JsonObject();
        CAT.fieldNames().stream()
                .sorted(Comparator.reverseOrder())
                .forEach(name -> reordered.put(name, CAT.getValue(name)));
        assertThat(reordered.encode()).isNotEqualTo(CAT.encode());
        assertThat(client.send(client.generate(reordered, "Idempotency-Key", key))
                        .body())
                .isEqualTo(first.body());
    }

    @Test
    void whatWaitsAndRunsTellsItsPlaceAndTheTimeLeft() throws Exception {
        client.ended(client.queue(CAT));
        hold();
        String runs = running(CAT);
        client.queue(CAT);
        String third = client.queue(CAT);
        String fourth = client.queue(CAT.copy().put("overwrite_step", 200));
        JsonObject waiting = client.await(fourth, record -> record.containsKey("remaining_seconds"));
        // both are short, and a forecast may be a moment old
        assertThat(waiting.getDouble("remaining_seconds"))
                .isGreaterThanOrEqualTo(client.task(third).getDouble("remaining_seconds"));
        client.await(third, record -> record.containsKey("remaining_seconds"));
        assertThat(client.task(runs).containsKey("remaining_seconds")).isTrue();
        // one answer knows both places: between two, the one before them may have been claimed
        JsonArray pending = new JsonObject(client.get("/tasks?query=pending").body()).getJsonArray("pending");
        Map<String, Integer> places = new HashMap<>();
        pending.forEach(entry ->
                places.put(((JsonObject) entry).getString("task_id"), ((JsonObject) entry).getInteger("position")));
        assertThat(places).containsKeys(third, fourth);
        assertThat(places.get(fourth)).isEqualTo(places.get(third) + 1);
        gate.complete(null);
        assertThat(client.ended(fourth).containsKey("remaining_seconds")).isFalse();
    }

    @Test
    void aFullQueueSaysWhenToComeAgain() throws Exception {
        hold();
        List<String> tasks = new ArrayList<>();
        HttpResponse<String> refused;
        do {
            refused = client.send(client.generate(CAT.copy().put("async_process", true)));
            if (refused.statusCode() == 200) {
                tasks.add(new JsonObject(refused.body()).getString("task_id"));
            }
        } while (refused.statusCode() == 200 && tasks.size() < 100);
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(tasks.size()).isBetween(40, 43);
        assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isPositive();
        for (String task : tasks) {
            client.post("/tasks/" + task + "/stop");
        }
        gate.complete(null);
        for (String task : tasks) {
            client.ended(task);
        }
    }

    @Test
    void namesAreListed() throws Exception {
        assertThat(new JsonArray(client.get("/v1/engines/samplers").body())).contains("euler", "dpmpp_2m_sde_gpu");
        assertThat(new JsonArray(client.get("/v1/engines/schedulers").body())).contains("karras", "sgm_uniform");
        assertThat(new JsonArray(client.get("/v1/engines/vaes").body())).containsExactly("Default (model)");
        assertThat(new JsonArray(client.get("/v1/engines/presets").body())).contains("initial", "anime");
    }
}
