package dev.darkroom.conformance;

import static dev.darkroom.conformance.LegacyConformanceTest.CAT;
import static dev.darkroom.conformance.LegacyConformanceTest.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The older Fooocus-API's ways of asking for jobs and of stopping them. */
@ExtendWith(ConformanceServer.Shared.class)
final class LegacyJobsConformanceTest {

    /** So many steps that it does not end by itself in a test. */
    private static final JsonObject LONG =
            CAT.copy().put("advanced_params", new JsonObject().put("overwrite_step", 200));

    private final ConformanceServer server;
    private final Wire legacy;

    LegacyJobsConformanceTest(ConformanceServer server) {
        this.server = server;
        legacy = server.legacy;
    }

    private String queue(JsonObject request) throws Exception {
        return legacy.post(TEXT, request.copy().put("async_process", true).encode())
                .json()
                .getString("job_id");
    }

    private static String query(String job) {
        return "/v1/generation/query-job?job_id=" + job;
    }

    private JsonObject ended(String job) throws Exception {
        return legacy.await(
                query(job), job, answer -> List.of("SUCCESS", "ERROR").contains(answer.getString("job_stage")));
    }

    private static List<String> ids(JsonArray jobs) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < jobs.size(); i++) {
            ids.add(jobs.getJsonObject(i).getString("job_id"));
        }
        return ids;
    }

    @Test
    @Fact(
            number = "2.4-7",
            text =
                    "A running job is `RUNNING`, with its progress, its status, and on request its preview as plain base64.",
            insteadOf = "it reads `WAITING` to the end")
    void aRunningJobSaysSo() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String job = queue(LONG);
            hold.reached();
            String path = query(job) + "&require_step_preview=true";
            hold.stepUntil(() -> legacy.get(path).json().getString("job_step_preview") != null);
            JsonObject running = legacy.get(path).json();
            assertThat(running.getString("job_stage")).isEqualTo("RUNNING");
            assertThat(running.getInteger("job_progress")).isBetween(0, 99);
            assertThat(Base64.getDecoder().decode(running.getString("job_step_preview")))
                    .startsWith(0x89, 'P', 'N', 'G');
            assertThat(legacy.get(query(job)).json().getValue("job_step_preview"))
                    .isNull();
        }
    }

    @Test
    @Fact(number = "2.5-1", text = "A step is told as `Step k/S in the n-th Sampling`, k from 0.")
    void aStepIsToldInItsWords() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String job = queue(LONG);
            hold.reached();
            hold.stepUntil(() -> String.valueOf(legacy.get(query(job)).json().getString("job_status"))
                    .startsWith("Step"));
            JsonObject running = legacy.get(query(job)).json();
            assertThat(running.getString("job_status")).matches("Step \\d+/200 in the 1-th Sampling");
        }
    }

    @Test
    @Fact(
            number = "2.4-9",
            text = "An unknown job is a 404 with a job: an empty id, `Not Found`, `ERROR`, `Job not found`.")
    void anUnknownJobIsA404() throws Exception {
        for (String id : List.of(UUID.randomUUID().toString(), "nonsense")) {
            Wire.Answer answer = legacy.get(query(id));
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.json().encode())
                    .isEqualTo("{\"job_id\":\"\",\"job_type\":\"Not Found\",\"job_stage\":\"ERROR\",\"job_progress\":0,"
                            + "\"job_status\":\"Job not found\",\"job_step_preview\":null,\"job_result\":null}");
        }
        assertThat(legacy.get("/v1/generation/query-job").firstMistake()).isEqualTo("query.job_id");
    }

    @Test
    @Fact(
            number = "2.4-13",
            text = "`stop` answers `{\"msg\":\"success\"}`; a stopped job is `SUCCESS` with what it had made.")
    void aStoppedJobKeepsWhatItMade() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String job = queue(LONG);
            hold.reached();
            assertThat(legacy.post("/v1/generation/stop", null).text()).isEqualTo("{\"msg\":\"success\"}");
            hold.stepUntil(() -> legacy.get(query(job)).json().getInteger("job_progress") == 100);
            JsonObject stopped = ended(job);
            assertThat(stopped.getString("job_stage")).isEqualTo("SUCCESS");
            assertThat(stopped.getJsonArray("job_result").getJsonObject(0).getString("finish_reason"))
                    .isEqualTo("USER_CANCEL");
        }
    }

    @Test
    @Fact(
            number = "2.4-14",
            text = "A stop without a running job stops nothing later, and one client's stop no other client's job.",
            insteadOf = "it kills the next job, whoever's it is")
    void aStopIsForTheCallersRunningJob() throws Exception {
        server.idle();
        legacy.post("/v1/generation/stop", null);
        assertThat(legacy.post(TEXT, CAT.encode()).array().getJsonObject(0).getString("finish_reason"))
                .isEqualTo("SUCCESS");
        try (ConformanceServer.Hold hold = server.hold()) {
            String job = queue(CAT);
            hold.reached();
            server.legacyLimited.post("/v1/generation/stop", null);
            hold.release();
            assertThat(ended(job).getJsonArray("job_result").getJsonObject(0).getString("finish_reason"))
                    .isEqualTo("SUCCESS");
        }
    }

    @Test
    @Fact(
            number = "2.4-15",
            text = "`job-queue` has `running_size`, of jobs that wait or run, `finished_size` and `last_job_id`.")
    void theQueueIsCounted() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            queue(CAT);
            hold.reached();
            String last = queue(CAT);
            JsonObject info = legacy.get("/v1/generation/job-queue").json();
            assertThat(info.getInteger("running_size")).isEqualTo(2);
            assertThat(info.getInteger("finished_size")).isNotNegative();
            assertThat(info.getString("last_job_id")).isEqualTo(last);
        }
    }

    @Test
    @Fact(
            number = "2.6-1",
            text =
                    "`job-history` has `queue` and `history`, whose jobs have their times, 0 where there is none yet, and `is_finished`.")
    void historyHasJobsWithTheirTimes() throws Exception {
        String done = queue(CAT);
        ended(done);
        try (ConformanceServer.Hold hold = server.hold()) {
            queue(CAT);
            hold.reached();
            String waiting = queue(CAT);
            JsonObject lists = legacy.get("/v1/generation/job-history").json();
            JsonArray open = lists.getJsonArray("queue");
            assertThat(ids(open)).hasSize(2).endsWith(waiting);
            JsonObject last = open.getJsonObject(1);
            assertThat(last.getLong("start_mills")).isZero();
            assertThat(last.getLong("finish_mills")).isZero();
            assertThat(last.getBoolean("is_finished")).isFalse();
            JsonObject first = lists.getJsonArray("history").getJsonObject(0);
            assertThat(first.getString("job_id")).isEqualTo(done);
            assertThat(first.getLong("finish_mills")).isPositive();
            assertThat(first.getBoolean("is_finished")).isTrue();
        }
    }

    @Test
    @Fact(
            number = "2.6-2",
            text = "History lasts, comes newest first in pages of `page_size`, and may be asked for one `job_id`.",
            insteadOf = "it is lost at a restart, and pages are ignored")
    void historyComesInPages() throws Exception {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String job = queue(CAT);
            ended(job);
            made.add(0, job);
        }
        String path = "/v1/generation/job-history?page_size=2&page=";
        assertThat(ids(legacy.get(path + 0).json().getJsonArray("history"))).isEqualTo(made.subList(0, 2));
        assertThat(ids(legacy.get(path + 1).json().getJsonArray("history"))).startsWith(made.get(2));
        JsonObject one =
                legacy.get("/v1/generation/job-history?job_id=" + made.get(1)).json();
        assertThat(ids(one.getJsonArray("history"))).containsExactly(made.get(1));
        assertThat(one.getJsonArray("queue")).isEmpty();
    }

    @Test
    @Fact(
            number = "2.6-3",
            text = "A job is a task: FooocusAPI's port knows it under the same id without its dashes.",
            insteadOf = "the two servers know nothing of each other")
    void aJobIsATask() throws Exception {
        String job = queue(CAT);
        ended(job);
        JsonObject record = server.ann.task(job.replace("-", ""));
        assertThat(record.getString("task_status")).isEqualTo("finished");
        String task = server.ann.queue(ConformanceServer.CAT);
        String dashed = new dev.darkroom.task.TaskId(task).uuid().toString();
        assertThat(ended(dashed).getString("job_stage")).isEqualTo("SUCCESS");
    }

    @Test
    @Fact(
            number = "2.6-4",
            text =
                    "`job-history` with `delete=true` and a `job_id` deletes the job and its files, and answers `Deleted` or"
                            + " `Not found`.",
            insteadOf = "it is a 500 without `--persistent`, and deletes no files")
    void aJobMayBeDeleted() throws Exception {
        String job = queue(CAT);
        String url = ended(job).getJsonArray("job_result").getJsonObject(0).getString("url");
        String path = "/v1/generation/job-history?delete=true&job_id=" + job;
        assertThat(server.legacyLimited.get(path).text()).isEqualTo("{\"message\":\"Not found\"}");
        assertThat(legacy.get(path).text()).isEqualTo("{\"message\":\"Deleted\"}");
        assertThat(legacy.get(path).text()).isEqualTo("{\"message\":\"Not found\"}");
        assertThat(legacy.get(query(job)).status()).isEqualTo(404);
        assertThat(legacy.get(url).status()).isEqualTo(404);
    }
}
