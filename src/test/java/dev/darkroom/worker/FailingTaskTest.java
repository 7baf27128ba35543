package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.ended;
import static dev.darkroom.worker.LaneStage.request;
import static dev.darkroom.worker.LaneStage.untilEnded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.diffusion.Row;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Failures reach the tasks that they belong to, and no other. */
final class FailingTaskTest {

    private LaneStage stage;

    @BeforeEach
    void open() throws Exception {
        stage = new LaneStage();
    }

    @AfterEach
    void close() throws Exception {
        stage.close();
    }

    @Test
    void aFailureIsToldAndTheNextTaskSucceeds() throws Exception {
        stage.model.failsNext = true;
        TaskId task = TaskId.random();
        TaskId next = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        BlockingQueue<TaskEvent> other = stage.read(next);
        stage.store.add(task, "null", request(1).encode());
        stage.store.add(next, "null", request(1).encode());
        assertThat(ended(untilEnded(read)).state()).isEqualTo(TaskState.FAILED);
        assertThat(stage.store.completed.poll(10, TimeUnit.SECONDS).error()).isEqualTo("the device failed");
        assertThat(ended(untilEnded(other)).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void aFullDiskAndABrokenModelFailTheirTasksOnly() throws Exception {
        stage.pictures.full = true;
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(1).encode());
        assertThat(ended(untilEnded(read)).error()).contains("no space left");
        stage.pictures.full = false;
        TaskId broken = TaskId.random();
        read = stage.read(broken);
        stage.store.add(broken, "broken", request(1).encode());
        assertThat(ended(untilEnded(read)).error()).contains("its files are gone");
        TaskId next = TaskId.random();
        read = stage.read(next);
        stage.store.add(next, "null", request(1).encode());
        assertThat(ended(untilEnded(read)).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void whatWasMadeUnderALostLeaseIsDeleted() throws Exception {
        TaskId task = TaskId.random();
        stage.model.beforeDecode = () -> stage.store.takeLease(task);
        stage.store.add(task, "null", request(1).encode());
        CompletableFuture<Void> deleted = stage.pictures.deleted;
        deleted.get(20, TimeUnit.SECONDS);
        assertThat(stage.pictures.files).isEmpty();
        assertThat(stage.store.completed).isEmpty();
    }

    @Test
    void anAttemptThatIsRefusedItsEndLeavesTheNextOneAlone() throws Exception {
        stage.store.lapsesAtTheEnd = true;
        stage.store.add(TaskId.random(), "null", request(1).encode());
        StoreMessage.Complete complete = stage.store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(complete).isNotNull();
        assertThat(complete.attempt()).isEqualTo(2);
    }

    @Test
    void aTraceTellsOfALostEndAsLost() throws Exception {
        BlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
        stage.undeploy();
        stage.tracing = (claim, request) -> new OutcomeTrace(outcomes);
        stage.deploy();
        TaskId task = TaskId.random();
        stage.model.beforeDecode = () -> stage.store.takeLease(task);
        stage.store.add(task, "null", request(1).encode());
        assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo("lost");
        TaskId refused = TaskId.random();
        stage.store.endless.put(refused, BusFailure.INVALID);
        stage.store.add(refused, "null", request(1).encode());
        assertThat(outcomes.poll(20, TimeUnit.SECONDS)).isEqualTo("lost");
    }

    /** Hears of ends alone. */
    private record OutcomeTrace(BlockingQueue<String> outcomes) implements TaskTrace {
        @Override
        public void did(Part part, int image, long begun, @Nullable Throwable failure) {}

        @Override
        public void stepped(ModelCall call, Row row, int step, @Nullable Throwable failure) {}

        @Override
        public void ended(String outcome, @Nullable String error) {
            outcomes.add(outcome);
        }
    }

    @Test
    void aTaskWhoseRowRefusesEvenTheFailureIsLetGo() throws Exception {
        TaskId task = TaskId.random();
        stage.store.endless.put(task, BusFailure.INVALID);
        stage.store.add(task, "null", request(1).encode());
        stage.pictures.deleted.get(20, TimeUnit.SECONDS);
        assertThat(stage.pictures.files).isEmpty();
        assertThat(stage.metrics.get("darkroom.sampler.tasks").gauge().value()).isZero();
    }

    @Test
    void anEndThatTheDatabaseRefusesBecomesAFailureWithoutPictures() throws Exception {
        stage.store.refused = TaskState.FINISHED;
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(2).encode());
        TaskEvent.Ended end = ended(untilEnded(read));
        assertThat(end.state()).isEqualTo(TaskState.FAILED);
        assertThat(end.error()).contains("The database refused the task's result");
        assertThat(end.result().images()).isEmpty();
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).result()).isEqualTo(end.result());
        stage.pictures.deleted.get(20, TimeUnit.SECONDS);
        assertThat(stage.pictures.files).isEmpty();
        stage.store.refused = null;
        stage.store.add(TaskId.random(), "null", request(1).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).state()).isEqualTo(TaskState.FINISHED);
    }
}
