package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.task.TaskId;
import dev.darkroom.testing.BlockedThreadWatch;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BlockedThreadWatch.class)
final class TaskListTest {

    private static final String RANGE = "start_at=2000-01-01T00:00:00.123Z&end_at=2100-01-01%2000:00:00";

    @TempDir
    Path folder;

    private HttpStage stage;

    @BeforeEach
    void open() throws Exception {
        stage = new HttpStage(folder, Map.of());
    }

    @AfterEach
    void close() {
        stage.close();
    }

    private TaskId submit() throws Exception {
        stage.send(stage.generate("{\"async_process\":true,\"prompt\":\"x\"}"));
        return stage.submitted();
    }

    @Test
    void whatAQueryCanNotMeanIsRefusedByItsParameter() throws Exception {
        for (String query : List.of(
                "prompt=%00",
                "prompt=a%00b",
                "model=%00",
                "status=%00",
                "status=,",
                "status=finished,",
                "status=nonsense",
                "from=%00",
                "from=yesterday",
                "until=2026-13-01T00:00:00Z",
                "start_at=%00",
                "start_at=%2B99999-01-01T00:00",
                "end_at=nonsense",
                "after=9223372036854775808",
                "after=1e40",
                "after=-1",
                "page=9223372036854775808",
                "page=-1",
                "page=x",
                "page_size=0",
                "page_size=1001",
                "from=-999999999-01-01T00:00:00Z",
                "until=%2B10000-01-01T00:00:00Z")) {
            HttpResponse<String> answer = stage.send(stage.request("/tasks?" + query));
            assertThat(answer.statusCode()).as(query).isEqualTo(422);
            assertThat(new JsonObject(answer.body())
                            .getJsonArray("detail")
                            .getJsonObject(0)
                            .getJsonArray("loc"))
                    .as(query)
                    .containsExactly("query", query.substring(0, query.indexOf('=')));
        }
    }

    @Test
    void everyStateHasItsPlaceAndShape() throws Exception {
        TaskId done = submit();
        TaskId running = submit();
        TaskId waiting = submit();
        stage.run(running);
        stage.step(running, 42, new byte[] {5, 6});
        stage.finish(done);
        JsonObject all = stage.json(stage.request("/tasks"));
        JsonObject pending = all.getJsonArray("pending").getJsonObject(0);
        assertThat(pending.getString("task_id")).isEqualTo(waiting.hex());
        for (String key : List.of("start_mills", "finish_mills", "task_status", "progress", "result")) {
            assertThat(pending.containsKey(key)).isTrue();
            assertThat(pending.getValue(key)).isNull();
        }
        JsonObject current = all.getJsonArray("current").getJsonObject(0);
        assertThat(current.getInteger("id")).isEqualTo(-1);
        assertThat(current.getString("task_status")).isEqualTo("running");
        assertThat(current.getInteger("progress")).isEqualTo(42);
        assertThat(current.getString("preview")).isEqualTo(Base64.getEncoder().encodeToString(new byte[] {5, 6}));
        assertThat(current.getInteger("finish_mills")).isEqualTo(-1);
        assertThat(all.getJsonArray("history")).hasSize(1);
        assertThat(all.getJsonArray("history").getJsonObject(0).getString("task_status"))
                .isEqualTo("finished");
        assertThat(stage.json(stage.request("/tasks/" + running)).getString("preview"))
                .isEqualTo(current.getString("preview"));
        assertThat(stage.send(stage.request("/tasks/" + TaskId.random())).body())
                .isEqualTo("[]");
        assertThat(stage.send(stage.request("/tasks?query=nothing")).body())
                .isEqualTo("{\"history\":[],\"current\":[],\"pending\":[]}");
        JsonObject only = stage.json(stage.request("/tasks?query=history"));
        assertThat(only.getJsonArray("current")).isEmpty();
        assertThat(only.getJsonArray("history")).hasSize(1);
    }

    @Test
    void historyPagesNewestFirstAndGoesOnBehindAnId() throws Exception {
        stage.store.fill(25);
        assertThat(ids("/tasks")).containsExactly(25, 24, 23, 22, 21, 20, 19, 18, 17, 16);
        assertThat(ids("/tasks?page=2&page_size=10")).containsExactly(5, 4, 3, 2, 1);
        assertThat(ids("/tasks?after=4&page_size=2")).containsExactly(3, 2);
        assertThat(ids("/tasks?prompt=p13")).containsExactly(14);
        assertThat(ids("/tasks?status=failed")).isEmpty();
        assertThat(ids("/tasks?from=2000-01-01T00:00:00Z&until=2001-01-01T00:00:00%2B01:00"))
                .isEmpty();
        assertThat(ids("/tasks?start_at=2100-01-01T00:00:00&end_at=2000-01-01T00:00:00"))
                .hasSize(10);
        assertThat(ids("/tasks?" + RANGE + "&page_size=3")).containsExactly(1, 2, 3);
    }

    @Test
    void aRangeComesWholeOldestFirst() throws Exception {
        stage.store.fill(1234);
        JsonArray history = stage.json(stage.request("/tasks?" + RANGE)).getJsonArray("history");
        assertThat(history).hasSize(1234);
        for (int i = 0; i < history.size(); i++) {
            assertThat(history.getJsonObject(i).getInteger("id")).isEqualTo(i + 1);
        }
    }

    @Test
    void aListingWhoseClientLeavesHasItsLineInTheAccessLog(@TempDir Path home) throws Exception {
        try (HttpStage noted = new HttpStage(home, Map.of("access-log.to", "access.log"))) {
            noted.store.fill(20_000);
            try (Socket slow = new Socket()) {
                slow.setReceiveBufferSize(4096);
                slow.connect(new InetSocketAddress("127.0.0.1", noted.port));
                slow.getOutputStream()
                        .write(("GET /tasks?" + RANGE + " HTTP/1.1\r\nHost: here\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                awaitRest(noted.store.searches);
            }
            Path log = home.resolve("access.log");
            HttpStage.await(() -> log.toFile().length() > 0);
            JsonObject line = new JsonObject(Files.readString(log));
            assertThat(line.getString("path")).isEqualTo("/tasks");
            assertThat(line.getBoolean("left")).isTrue();
        }
    }

    /** Waits until the listing waits for its client: it has asked, and asks no more. */
    private static void awaitRest(AtomicInteger searches) throws InterruptedException {
        int[] seen = new int[2];
        HttpStage.await(() -> {
            int now = searches.get();
            seen[1] = now == seen[0] ? seen[1] + 1 : 0;
            seen[0] = now;
            return now > 0 && seen[1] > 40;
        });
    }

    private List<Object> ids(String path) throws Exception {
        return stage.json(stage.request(path)).getJsonArray("history").stream()
                .map(record -> (Object) ((JsonObject) record).getInteger("id"))
                .toList();
    }
}
