package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.TaskId;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that a server went silent over: the next may end as well. */
final class CrashedTaskTest {

    /** How many leases there were whenever a text of a task was encoded that had crashed. */
    private final Queue<Integer> company = new ConcurrentLinkedQueue<>();

    private LaneStage stage;

    @BeforeEach
    void open() throws Exception {
        stage = new LaneStage(8);
        stage.undeploy();
        stage.model.onText = text -> {
            if (text.contains("crashed")) {
                company.add(stage.store.running());
            }
        };
    }

    @AfterEach
    void close() throws Exception {
        stage.close();
    }

    private TaskId add(String prompt, int steps, int crashes) {
        TaskId task = TaskId.random();
        stage.store.addCrashed(
                task,
                "null",
                request(1).put("prompt", prompt).put("overwrite_step", steps).encode(),
                crashes);
        return task;
    }

    private TaskId completed() throws InterruptedException {
        StoreMessage.Complete complete = stage.store.completed.poll(30, TimeUnit.SECONDS);
        assertThat(complete).isNotNull();
        return complete.taskId();
    }

    @Test
    void aTaskThatCrashedOnceRunsAlone() throws Exception {
        TaskId first = add("first", 150, 0);
        TaskId second = add("second", 100, 0);
        TaskId crashed = add("crashed", 3, 1);
        TaskId behind = add("behind", 3, 0);
        stage.deploy();
        // the two share calls, and the shorter one ends before; whoever is short would overtake them otherwise
        assertThat(completed()).isEqualTo(second);
        assertThat(completed()).isEqualTo(first);
        assertThat(completed()).isEqualTo(crashed);
        assertThat(completed()).isEqualTo(behind);
        assertThat(company).isNotEmpty().containsOnly(1);
    }

    @Test
    void severalThatCrashedRunOneAfterTheOther() throws Exception {
        TaskId[] tasks = {add("crashed a", 30, 1), add("crashed b", 3, 2), add("crashed c", 3, 1)};
        stage.deploy();
        for (TaskId task : tasks) {
            assertThat(completed()).isEqualTo(task);
        }
        assertThat(company).isNotEmpty().containsOnly(1);
    }
}
