package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.ended;
import static dev.darkroom.worker.LaneStage.lines;
import static dev.darkroom.worker.LaneStage.request;
import static dev.darkroom.worker.LaneStage.untilEnded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.ModelMessage;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks of several models on one lane. */
final class ModelSwitchingTest {

    private final CountedModels loader = new CountedModels();
    private final List<ModelFolder> folders =
            new CopyOnWriteArrayList<>(List.of(CountedModels.folder("a"), CountedModels.folder("b")));
    private LaneStage stage;

    @AfterEach
    void close() throws Exception {
        stage.close();
        assertThat(loader.usedWhenFreed()).isFalse();
    }

    private void open(int room, int maxRows) throws Exception {
        stage = new LaneStage(() -> List.copyOf(folders), loader, CountedModels.roomFor(room), maxRows);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void fiftyTasksThatTakeTurnsShareTheRoomForOneModel(int maxRows) throws Exception {
        open(1, maxRows);
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            TaskId task = TaskId.random();
            tasks.add(task);
            stage.store.add(task, i % 2 == 0 ? "a" : "b", request(1).encode());
        }
        List<TaskId> finished = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            StoreMessage.Complete complete = stage.store.completed.poll(30, TimeUnit.SECONDS);
            assertThat(complete).as("after %d tasks", i).isNotNull();
            assertThat(complete.error()).isNull();
            assertThat(complete.state()).isEqualTo(TaskState.FINISHED);
            finished.add(complete.taskId());
        }
        assertThat(finished).containsExactlyInAnyOrderElementsOf(tasks);
        assertThat(loader.mostOpen()).isEqualTo(1);
    }

    @Test
    void whoWatchesIsToldThatTheModelLoadsWhileTheOtherGoesOn() throws Exception {
        Semaphore gate = new Semaphore(0);
        loader.gates.put("b", gate);
        open(2, 2);
        // the other model is there before
        stage.store.add(TaskId.random(), "a", request(1).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS)).isNotNull();
        TaskId slow = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(slow);
        stage.store.add(slow, "b", request(1).encode());
        TaskId quick = TaskId.random();
        stage.store.add(quick, "a", request(1).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).taskId()).isEqualTo(quick);
        gate.release();
        List<TaskEvent> events = untilEnded(read);
        assertThat(ended(events).state()).isEqualTo(TaskState.FINISHED);
        assertThat(lines(events))
                .containsSubsequence("2 Loading models ...", "2 Loading model b ...", "3 Processing prompts ...");
    }

    @Test
    void aTaskThatIsStoppedWhileItsModelLoadsEndsAtOnce() throws Exception {
        Semaphore gate = new Semaphore(0);
        loader.gates.put("b", gate);
        open(1, 1);
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "b", request(1).encode());
        TaskEvent event = read.poll(20, TimeUnit.SECONDS);
        while (!(event instanceof TaskEvent.Progressed told && told.message().equals("Loading models ..."))) {
            event = read.poll(20, TimeUnit.SECONDS);
            assertThat(event).isNotNull();
        }
        stage.stop(task);
        assertThat(ended(untilEnded(read)).state()).isEqualTo(TaskState.STOPPED);
        gate.release();
        stage.store.add(TaskId.random(), "a", request(1).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).taskId()).isEqualTo(task);
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void tasksOfAModelWhoseFolderIsGoneFailAndSayHowToBringIt() throws Exception {
        open(2, 1);
        stage.store.add(TaskId.random(), "b", request(1).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).state()).isEqualTo(TaskState.FINISHED);
        folders.removeIf(folder -> folder.name().equals("b"));
        stage.vertx
                .eventBus()
                .request(Addresses.MODELS, new ModelMessage.Rescan(false))
                .await(20, TimeUnit.SECONDS);
        TaskId lost = TaskId.random();
        stage.store.add(lost, "b", request(1).encode());
        stage.store.add(TaskId.random(), "a", request(1).encode());
        StoreMessage.Complete failed = stage.store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(failed.taskId()).isEqualTo(lost);
        assertThat(failed.state()).isEqualTo(TaskState.FAILED);
        assertThat(failed.error()).contains("there is no model b", "darkroom models add");
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void tasksThatWaitedThroughARestartForAModelThatIsGoneFail() throws Exception {
        folders.removeIf(folder -> folder.name().equals("b"));
        LaneStage.Waiting waiting =
                new LaneStage.Waiting(TaskId.random(), "b", request(1).encode());
        stage = new LaneStage(() -> List.copyOf(folders), loader, CountedModels.roomFor(1), 1, waiting);
        StoreMessage.Complete failed = stage.store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(failed.taskId()).isEqualTo(waiting.id());
        assertThat(failed.error()).contains("there is no model b");
    }
}
