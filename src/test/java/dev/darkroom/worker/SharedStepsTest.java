package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.ended;
import static dev.darkroom.worker.LaneStage.request;
import static dev.darkroom.worker.LaneStage.untilEnded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.BatchSizes;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.ModelCurves;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that share model calls: a call of the test's model takes as long with many rows as with one. */
final class SharedStepsTest {

    /** What a call was asked: each row's timestep, rounded. */
    private record Call(List<Integer> timesteps) {
        static Call of(DenoiserBatch batch) {
            return new Call(IntStream.range(0, batch.rows())
                    .mapToObj(row -> Math.round(batch.timesteps()[row]))
                    .toList());
        }
    }

    @TempDir
    Path home;

    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private LaneStage stage;

    @BeforeEach
    void open() throws Exception {
        stage = new LaneStage(8);
        stage.undeploy();
        stage.measurements = known();
        stage.deploy();
        stage.model.onCall = batch -> calls.add(Call.of(batch));
    }

    @AfterEach
    void close() throws Exception {
        stage.close();
    }

    /** Remembers that more rows cost next to nothing, so that no test depends on what a busy machine measures. */
    private CurveFolder known() {
        CurveFolder folder = new CurveFolder(home, "test");
        ModelCurves curves = new ModelCurves();
        for (int size = 1; size <= 16; size = BatchSizes.atLeast(size + 1)) {
            curves.put(new BatchKey(8, 8, 77), List.of(new LatencyCurve.Point(size, 1 + size * 0.001, 1000)));
        }
        folder.writing(stage.model.traits(), curves).run();
        return folder;
    }

    private static JsonObject steps(int steps) {
        return request(1).put("sampler_name", "euler").put("overwrite_step", steps);
    }

    private List<StoreMessage.Complete> completed(int tasks) throws InterruptedException {
        List<StoreMessage.Complete> ends = new ArrayList<>();
        while (ends.size() < tasks) {
            StoreMessage.Complete end = stage.store.completed.poll(30, TimeUnit.SECONDS);
            assertThat(end).as("after " + ends).isNotNull();
            ends.add(end);
        }
        return ends;
    }

    @Test
    void tasksOfAllKindsShareCalls() throws Exception {
        stage.store.add(TaskId.random(), "null", steps(300).encode());
        stage.store.add(
                TaskId.random(), "null", request(1).put("overwrite_step", 200).encode());
        stage.store.add(
                TaskId.random(),
                "null",
                steps(250)
                        .put("sampler_name", "heun")
                        .put("guidance_scale", 1.0)
                        .encode());
        stage.store.add(
                TaskId.random(),
                "null",
                steps(220)
                        .put("sampler_name", "euler_ancestral")
                        .put("scheduler_name", "normal")
                        .put("guidance_scale", 9)
                        .put("image_seed", 99)
                        .encode());
        assertThat(completed(4)).extracting(StoreMessage.Complete::state).containsOnly(TaskState.FINISHED);
        assertThat(calls)
                .anySatisfy(
                        call -> assertThat(call.timesteps().stream().distinct()).hasSize(4));
        assertThat(calls).allSatisfy(call -> assertThat(call.timesteps().size()).isIn(1, 2, 3, 4, 6, 8, 12, 16));
    }

    @Test
    void aNewTaskJoinsAtTheNextCallAndAFinishedOneLeavesAtOnce() throws Exception {
        CountDownLatch stepping = new CountDownLatch(30);
        stage.model.beforeCall = stepping::countDown;
        TaskId running = TaskId.random();
        BlockingQueue<TaskEvent> told = stage.read(running);
        stage.store.add(running, "null", steps(400).encode());
        assertThat(stepping.await(20, TimeUnit.SECONDS)).isTrue();
        stage.store.add(TaskId.random(), "null", steps(3).encode());
        StoreMessage.Complete first = completed(1).get(0);
        assertThat(first.taskId()).isNotEqualTo(running);
        assertThat(ended(untilEnded(told)).state()).isEqualTo(TaskState.FINISHED);
        // shared calls are those of the newcomer's three steps, one after the other
        List<Call> all = List.copyOf(calls);
        int from = IntStream.range(0, all.size())
                .filter(i -> isShared(all.get(i)))
                .findFirst()
                .orElseThrow();
        long shared = all.stream().filter(SharedStepsTest::isShared).count();
        assertThat(shared).isLessThanOrEqualTo(3);
        assertThat(all.subList(from + 4, all.size())).noneMatch(SharedStepsTest::isShared);
    }

    private static boolean isShared(Call call) {
        return call.timesteps().stream().distinct().count() > 1;
    }

    @Test
    void aStoppedTaskLeavesItsMatesAlone() throws Exception {
        TaskId stopped = TaskId.random();
        CountDownLatch stepping = new CountDownLatch(40);
        stage.model.beforeCall = stepping::countDown;
        BlockingQueue<TaskEvent> told = stage.read(stopped);
        stage.store.add(stopped, "null", steps(900).encode());
        stage.store.add(TaskId.random(), "null", steps(200).encode());
        stage.store.add(TaskId.random(), "null", steps(150).encode());
        assertThat(stepping.await(20, TimeUnit.SECONDS)).isTrue();
        stage.stop(stopped);
        assertThat(ended(untilEnded(told)).state()).isEqualTo(TaskState.STOPPED);
        List<StoreMessage.Complete> ends = completed(3);
        assertThat(ends).filteredOn(end -> end.state() == TaskState.FINISHED).hasSize(2);
    }

    @Test
    void aHigherPriorityDisplacesTheOthersWhichThenGoOnWhereTheyWere() throws Exception {
        // nothing is gained by more rows, so that a call holds one image
        stage.model.memoryRows = 2;
        TaskId usual = TaskId.random();
        BlockingQueue<TaskEvent> told = stage.read(usual);
        CountDownLatch stepping = new CountDownLatch(20);
        stage.model.beforeCall = stepping::countDown;
        stage.store.add(usual, "null", steps(900).encode());
        assertThat(stepping.await(20, TimeUnit.SECONDS)).isTrue();
        // as many of the same priority as the lane takes, and then one above them
        for (int i = 0; i < 12; i++) {
            stage.store.add(TaskId.random(), "null", steps(901).encode());
        }
        TaskId urgent = TaskId.random();
        stage.store.add(urgent, "null", steps(30).encode(), 5);
        assertThat(completed(1).get(0).taskId()).isEqualTo(urgent);
        List<Integer> steps = untilEnded(told).stream()
                .filter(event -> event instanceof TaskEvent.Progressed progress && progress.step() > 0)
                .map(event -> ((TaskEvent.Progressed) event).step())
                .toList();
        assertThat(steps).isEqualTo(IntStream.rangeClosed(1, 900).boxed().toList());
    }

    @Test
    void missingMemoryLowersTheRowsOfACallAndFailsNoTask() throws Exception {
        stage.model.memoryRows = 3;
        for (int i = 0; i < 6; i++) {
            stage.store.add(TaskId.random(), "null", steps(20 + i).encode());
        }
        assertThat(completed(6)).extracting(StoreMessage.Complete::state).containsOnly(TaskState.FINISHED);
        assertThat(calls.stream().map(call -> call.timesteps().size()))
                .contains(4)
                .endsWith(2);
    }

    @Test
    void evenAnImageWithItsNegativePromptIsMadeRowByRowWhereMemoryIsShort() throws Exception {
        stage.model.memoryRows = 1;
        stage.store.add(TaskId.random(), "null", steps(5).encode());
        assertThat(completed(1).get(0).state()).isEqualTo(TaskState.FINISHED);
        stage.model.memoryRows = 0;
        stage.store.add(TaskId.random(), "null", steps(5).encode());
        StoreMessage.Complete failed = completed(1).get(0);
        assertThat(failed.state()).isEqualTo(TaskState.FAILED);
        assertThat(failed.error()).contains("memory is full");
    }

    @Test
    void aShortTaskOvertakesALongOneWhereACallHoldsOneImage() throws Exception {
        stage.model.memoryRows = 2;
        TaskId longer = TaskId.random();
        CountDownLatch stepping = new CountDownLatch(10);
        stage.model.beforeCall = stepping::countDown;
        stage.store.add(longer, "null", steps(500).encode());
        assertThat(stepping.await(20, TimeUnit.SECONDS)).isTrue();
        TaskId[] shorts = {TaskId.random(), TaskId.random(), TaskId.random()};
        for (TaskId each : shorts) {
            stage.store.add(each, "null", steps(8).encode());
        }
        List<TaskId> order =
                completed(4).stream().map(StoreMessage.Complete::taskId).toList();
        assertThat(order.get(3)).isEqualTo(longer);
        assertThat(order.subList(0, 3)).containsExactlyInAnyOrderElementsOf(Arrays.asList(shorts));
        assertThat(Collections.max(
                        calls.stream().map(call -> call.timesteps().size()).toList()))
                .isLessThanOrEqualTo(16);
    }
}
