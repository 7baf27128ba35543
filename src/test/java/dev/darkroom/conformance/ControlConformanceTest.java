package dev.darkroom.conformance;

import static dev.darkroom.conformance.ConformanceServer.CAT;
import static dev.darkroom.conformance.ConformanceServer.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** FooocusAPI's control of what runs. */
@ExtendWith(ConformanceServer.Shared.class)
final class ControlConformanceTest {

    private final ConformanceServer server;
    private final Wire ann;

    ControlConformanceTest(ConformanceServer server) {
        this.server = server;
        ann = server.ann;
    }

    private String control(String action) throws Exception {
        return ann.post("/v1/engine/control?action=" + action, null).json().getString("message");
    }

    @Test
    @Fact(
            number = "1.8-1",
            text =
                    "Control answers 200 with `task stoped`, `task skiped`, `No task running` or `Invalid control action`.")
    void controlAnswersInItsWords() throws Exception {
        server.idle();
        assertThat(control("stop")).isEqualTo("No task running");
        assertThat(control("jump")).isEqualTo("Invalid control action");
        try (ConformanceServer.Hold hold = server.hold()) {
            ann.queue(LONG.copy().put("image_number", 2));
            hold.reached();
            assertThat(control("skip")).isEqualTo("task skiped");
            assertThat(control("stop")).isEqualTo("task stoped");
        }
    }

    @Test
    @Fact(number = "1.8-2", text = "Control without `action` is a 422.")
    void controlNeedsAnAction() throws Exception {
        Wire.Answer answer = ann.post("/v1/engine/control", null);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.firstMistake()).isEqualTo("query.action");
    }

    @Test
    @Fact(number = "1.8-3", text = "A stopped task has the status `stop`, and waiting tasks go on.")
    void aStoppedTaskSaysStop() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String first = ann.queue(LONG);
            hold.reached();
            String second = ann.queue(CAT);
            control("stop");
            hold.stepUntil(() -> !ann.task(first).getString("status").equals("running"));
            hold.release();
            assertThat(ann.ended(first).getString("task_status")).isEqualTo("stop");
            assertThat(ann.ended(second).getString("task_status")).isEqualTo("finished");
        }
    }

    @Test
    @Fact(
            number = "1.8-4",
            text = "A skip leaves out the current image and goes on with the next; the task is `finished`.")
    void aSkipLeavesOutOneImage() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String id = ann.queue(LONG.copy().put("image_number", 3));
            hold.reached();
            control("skip");
            hold.stepUntil(() -> ann.task(id).getInteger("progress") >= 33);
            hold.release();
            JsonObject record = ann.ended(id);
            assertThat(record.getString("task_status")).isEqualTo("finished");
            assertThat(record.getJsonArray("result")).hasSize(2);
        }
    }

    @Test
    @Fact(
            number = "1.8-5",
            text = "A stop that comes when nothing runs stops nothing later.",
            insteadOf = "it stays armed and kills the next task")
    void aStopWithoutATaskIsForgotten() throws Exception {
        server.idle();
        control("stop");
        assertThat(ann.finished(CAT).getJsonArray("result")).hasSize(1);
    }

    @Test
    @Fact(number = "1.8-6", text = "Control means the caller's own task.", insteadOf = "it means whichever task runs")
    void controlMeansTheCallersTask() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            String id = ann.queue(CAT);
            hold.reached();
            assertThat(server.bob
                            .post("/v1/engine/control?action=stop", null)
                            .json()
                            .getString("message"))
                    .isEqualTo("No task running");
            hold.release();
            assertThat(ann.ended(id).getString("task_status")).isEqualTo("finished");
        }
    }

    @Test
    @Fact(
            number = "1.8-7",
            text = "`POST /tasks/{task_id}/stop` and `/skip` mean one task, waiting or running; other keys get a 404.",
            insteadOf = "a waiting task can't be stopped at all")
    void oneTaskMayBeStopped() throws Exception {
        try (ConformanceServer.Hold hold = server.hold()) {
            // its second image keeps the next task from being claimed
            ann.queue(CAT.copy().put("image_number", 2));
            hold.reached();
            String waiting = ann.queue(CAT);
            assertThat(server.bob.post("/tasks/" + waiting + "/stop", null).status())
                    .isEqualTo(404);
            assertThat(ann.post("/tasks/" + waiting + "/stop", null).status()).isEqualTo(200);
            assertThat(ann.task(waiting).getString("task_status")).isEqualTo("stop");
        }
    }

    @Test
    @Fact(
            number = "1.8-8",
            text = "`DELETE /tasks/{task_id}` deletes one task and its files; an `admin` key may delete everybody's.",
            insteadOf = "tasks can only be deleted by their time")
    void oneTaskMayBeDeleted() throws Exception {
        JsonObject record = ann.finished(CAT);
        String path = "/tasks/" + record.getString("task_id");
        assertThat(server.bob.send("DELETE", path, null).status()).isEqualTo(404);
        assertThat(server.admin.send("DELETE", path, null).status()).isEqualTo(204);
        assertThat(ann.get(path).text()).isEqualTo("[]");
        assertThat(ann.get(record.getJsonArray("result").getString(0)).status()).isEqualTo(404);
    }
}
