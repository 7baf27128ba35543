package dev.darkroom.conformance;

import static dev.darkroom.conformance.ConformanceServer.CAT;
import static dev.darkroom.conformance.ConformanceServer.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FooocusAPI's records and its list of tasks. */
@ExtendWith(ConformanceServer.Shared.class)
final class TasksConformanceTest {

    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");
    private static final List<String> KEYS = List.of(
            "id",
            "task_id",
            "req_params",
            "in_queue_mills",
            "start_mills",
            "finish_mills",
            "task_status",
            "progress",
            "webhook_url",
            "result");

    private final ConformanceServer server;
    private final Wire ann;

    TasksConformanceTest(ConformanceServer server) {
        this.server = server;
        ann = server.ann;
    }

    private JsonObject list(String query) throws Exception {
        return ann.get("/tasks" + query).json();
    }

    private static List<Long> ids(JsonArray records) {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            ids.add(records.getJsonObject(i).getLong("id"));
        }
        return ids;
    }

    private static String time(LocalDateTime time) {
        return SECONDS.format(time);
    }

    private void finish(int tasks) throws Exception {
        for (int i = 0; i < tasks; i++) {
            ann.finished(CAT);
        }
    }

    @Test
    @Fact(
            number = "1.6-1",
            text =
                    "A finished record has exactly the original's keys, beside Darkroom's `status`, `notes` and the like.")
    void aFinishedRecordHasItsKeys() throws Exception {
        JsonObject record = ann.finished(CAT);
        assertThat(record.fieldNames()).containsAll(KEYS);
        for (String key : List.of("id", "in_queue_mills", "start_mills", "finish_mills", "progress")) {
            assertThat(record.getValue(key)).as(key).isInstanceOf(Number.class);
        }
        assertThat(record.getLong("id")).isPositive();
        assertThat(record.getString("task_id")).matches("[0-9a-f]{32}");
        assertThat(record.getString("task_status")).isEqualTo("finished");
        assertThat(record.getString("webhook_url")).isEmpty();
    }

    @Test
    @Fact(number = "1.6-2", text = "Times are epoch milliseconds in their order.")
    void timesAreMillisecondsInTheirOrder() throws Exception {
        long before = System.currentTimeMillis() - 5_000;
        JsonObject record = ann.finished(CAT);
        assertThat(record.getLong("in_queue_mills")).isBetween(before, record.getLong("start_mills"));
        assertThat(record.getLong("start_mills")).isLessThanOrEqualTo(record.getLong("finish_mills"));
        assertThat(record.getLong("finish_mills")).isLessThan(System.currentTimeMillis() + 5_000);
    }

    @Test
    @Fact(number = "1.6-3", text = "A waiting record has null for status, progress, times to come and result.")
    void aWaitingRecordHasNulls() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            ann.queue(CAT);
            hold.reached();
            JsonObject waiting = ann.task(ann.queue(CAT));
            for (String key : List.of("start_mills", "finish_mills", "task_status", "progress", "result")) {
                assertThat(waiting.containsKey(key)).as(key).isTrue();
                assertThat(waiting.getValue(key)).as(key).isNull();
            }
            assertThat(waiting.getLong("id")).isPositive();
        }
    }

    @Test
    @Fact(
            number = "1.6-4",
            text = "A running record has id -1, finish_mills -1, status `running`, progress, an empty webhook_url, and"
                    + " its preview as plain base64 of a PNG.")
    void aRunningRecordHasProgressAndPreview() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String id = ann.queue(LONG);
            hold.reached();
            // who asks is shown the steps after that
            hold.stepUntil(() -> ann.task(id).getString("preview") != null);
            JsonObject running = ann.task(id);
            assertThat(running.getLong("id")).isEqualTo(-1);
            assertThat(running.getLong("finish_mills")).isEqualTo(-1);
            assertThat(running.getString("task_status")).isEqualTo("running");
            assertThat(running.getInteger("progress")).isBetween(0, 99);
            assertThat(running.getString("webhook_url")).isEmpty();
            assertThat(running.getJsonArray("result")).isEmpty();
            assertThat(Base64.getDecoder().decode(running.getString("preview"))).startsWith(0x89, 'P', 'N', 'G');
        }
    }

    @Test
    @Fact(number = "1.6-5", text = "`result` is a list of absolute URLs, `{base}/outputs/{YYYY-MM-DD}/{file}`.")
    void resultsAreAbsoluteUrls() throws Exception {
        JsonArray result = ann.finished(CAT.copy().put("image_number", 2)).getJsonArray("result");
        assertThat(result)
                .hasSize(2)
                .allSatisfy(url -> assertThat((String) url)
                        .startsWith(ann.base + "/outputs/")
                        .matches(".*/outputs/\\d{4}-\\d\\d-\\d\\d/[^/]+\\.png"));
    }

    @Test
    @Fact(
            number = "1.6-6",
            text = "A task that fails has `task_status` and `status` `failed`, and `error`.",
            insteadOf = "there is no such status: it is `finished` with no images")
    void aFailedTaskSaysSo() throws Exception {
        server.failNext();
        JsonObject record = ann.ended(ann.queue(CAT));
        assertThat(record.getString("task_status")).isEqualTo("failed");
        assertThat(record.getString("status")).isEqualTo("failed");
        assertThat(record.getString("error")).isNotEmpty();
        assertThat(record.getJsonArray("result")).isEmpty();
    }

    @Test
    @Fact(
            number = "1.6-7",
            text = "`status` says at any time where a task stands, in words that never change.",
            insteadOf = "a waiting task can't be told from one that a restart lost")
    void statusSaysWhereATaskStands() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String first = ann.queue(CAT);
            hold.reached();
            String second = ann.queue(CAT);
            assertThat(ann.task(first).getString("status")).isEqualTo("running");
            assertThat(ann.task(second).getString("status")).isEqualTo("pending");
            hold.release();
            assertThat(ann.ended(second).getString("status")).isEqualTo("finished");
        }
    }

    @Test
    @Fact(
            number = "1.7-1",
            text = "`query` is `all`, `history`, `current` or `pending`; other words give three empty lists.")
    void queryChoosesTheLists() throws Exception {
        finish(1);
        try (ConformanceServer.Hold hold = server.hold()) {
            String running = ann.queue(CAT);
            hold.reached();
            String waiting = ann.queue(CAT);
            JsonObject all = list("");
            assertThat(all.fieldNames()).containsExactlyInAnyOrder("history", "current", "pending");
            assertThat(all.getJsonArray("history")).isNotEmpty();
            assertThat(list("?query=history").getJsonArray("history")).isNotEmpty();
            assertThat(list("?query=history").getJsonArray("pending")).isEmpty();
            assertThat(list("?query=current")
                            .getJsonArray("current")
                            .getJsonObject(0)
                            .getString("task_id"))
                    .isEqualTo(running);
            assertThat(list("?query=pending")
                            .getJsonArray("pending")
                            .getJsonObject(0)
                            .getString("task_id"))
                    .isEqualTo(waiting);
            assertThat(list("?query=other").encode()).isEqualTo("{\"history\":[],\"current\":[],\"pending\":[]}");
        }
    }

    @Test
    @Fact(number = "1.7-2", text = "History comes newest first, in pages of `page_size`, ten unless told, from page 0.")
    void historyComesInPages() throws Exception {
        finish(12);
        List<Long> first = ids(list("?query=history").getJsonArray("history"));
        assertThat(first).hasSize(10).isSortedAccordingTo((one, other) -> Long.compare(other, one));
        List<Long> three = ids(list("?query=history&page_size=3&page=1").getJsonArray("history"));
        assertThat(three).isEqualTo(first.subList(3, 6));
    }

    @Test
    @Fact(
            number = "1.7-3",
            text = "`start_at` and `end_at` choose by time of submission in the server's zone, of which the first 19"
                    + " characters count; what matches comes whole, oldest first.")
    void aRangeComesWholeAndOldestFirst() throws Exception {
        finish(12);
        String range = "?query=history&start_at=%s.123Z&end_at=%s"
                .formatted(
                        time(LocalDateTime.now().minusHours(1)),
                        time(LocalDateTime.now().plusHours(1)));
        assertThat(ids(list(range).getJsonArray("history")))
                .hasSizeGreaterThan(11)
                .isSorted();
    }

    @Test
    @Fact(
            number = "1.7-4",
            text = "`start_at` alone goes up to now.",
            insteadOf = "up to the start of the server, so that nothing is found")
    void aRangeWithoutAnEndGoesUpToNow() throws Exception {
        finish(1);
        String start = time(LocalDateTime.now().minusHours(1));
        assertThat(list("?query=history&start_at=" + start).getJsonArray("history"))
                .isNotEmpty();
    }

    @Test
    @Fact(
            number = "1.7-5",
            text = "With `page` or `page_size` a range comes in pages.",
            insteadOf = "they are ignored there")
    void aRangeMayBePaged() throws Exception {
        finish(3);
        String start = time(LocalDateTime.now().minusHours(1));
        assertThat(ids(list("?query=history&page_size=2&start_at=" + start).getJsonArray("history")))
                .hasSize(2)
                .isSorted();
    }

    @Test
    @Fact(number = "1.7-6", text = "A start at or after its end is ignored.")
    void anEmptyRangeIsIgnored() throws Exception {
        finish(1);
        assertThat(list("?start_at=2100-01-01T00:00:00&end_at=2000-01-01T00:00:00")
                        .getJsonArray("history"))
                .isNotEmpty();
    }

    @Test
    @Fact(
            number = "1.7-7",
            text = "A malformed time is a 422 that names it.",
            insteadOf = "a malformed `end_at` is a 500")
    void aMalformedTimeIsNamed() throws Exception {
        Wire.Answer answer = ann.get("/tasks?start_at=2026-01-01T00:00:00&end_at=soon");
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.firstMistake()).isEqualTo("query.end_at");
    }

    @Test
    @Fact(
            number = "1.7-8",
            text = "A running task stands in `current` alone.",
            insteadOf = "it stands in `history` too")
    void aRunningTaskStandsInOneList() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String running = ann.queue(CAT);
            hold.reached();
            assertThat(list("").getJsonArray("current").encode()).contains(running);
            assertThat(list("").getJsonArray("history").encode()).doesNotContain(running);
        }
    }

    @Test
    @Fact(
            number = "1.7-9",
            text =
                    "`action=delete` with a range deletes the caller's ended tasks in it and their files, and answers `null`.")
    void deletingTakesTasksAndFiles() throws Exception {
        JsonObject mine = server.bob.finished(CAT);
        JsonObject other = ann.finished(CAT);
        String range = "start_at=%s&end_at=%s"
                .formatted(
                        time(LocalDateTime.now().minusHours(1)),
                        time(LocalDateTime.now().plusHours(1)));
        Wire.Answer answer = server.bob.get("/tasks?action=delete&" + range);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("null");
        assertThat(server.bob.get("/tasks/" + mine.getString("task_id")).text()).isEqualTo("[]");
        assertThat(ann.get(mine.getJsonArray("result").getString(0)).status()).isEqualTo(404);
        assertThat(ann.get(other.getJsonArray("result").getString(0)).status()).isEqualTo(200);
    }

    @Test
    @Fact(number = "1.7-10", text = "`action=delete` without a range deletes nothing and answers `null`.")
    void deletingWithoutARangeDeletesNothing() throws Exception {
        JsonObject record = ann.finished(CAT);
        assertThat(ann.get("/tasks?action=delete").text()).isEqualTo("null");
        assertThat(ann.get("/tasks/" + record.getString("task_id")).text()).startsWith("{");
    }

    @Test
    @Fact(number = "1.7-11", text = "`/tasks/{unknown}` is a 200 with `[]`.")
    void anUnknownTaskIsAnEmptyList() throws Exception {
        for (String id : List.of("0123456789abcdef0123456789abcdef", "nonsense")) {
            Wire.Answer answer = ann.get("/tasks/" + id);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("[]");
        }
    }
}
