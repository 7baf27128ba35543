package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.ended;
import static dev.darkroom.worker.LaneStage.lines;
import static dev.darkroom.worker.LaneStage.paths;
import static dev.darkroom.worker.LaneStage.request;
import static dev.darkroom.worker.LaneStage.untilEnded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.NodeMessage;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Stop and skip, at every stage of a task. */
final class StoppingTest {

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
    void stopEndsABusyTaskWithinTwoStepsAndTouchesNoOther() throws Exception {
        TaskId task = TaskId.random();
        TaskId next = TaskId.random();
        AtomicInteger after = new AtomicInteger(-1);
        CountDownLatch third = new CountDownLatch(3);
        stage.model.beforeCall = () -> {
            third.countDown();
            if (third.getCount() == 0 && after.get() < 0) {
                after.set(0);
                stage.vertx.eventBus().send(Addresses.node(stage.hub.node()), new NodeMessage.Stop(task));
            }
        };
        BlockingQueue<TaskEvent> read = stage.read(task);
        BlockingQueue<TaskEvent> other = stage.read(next);
        stage.store.add(task, "null", request(1).put("overwrite_step", 900).encode());
        stage.store.add(next, "null", request(1).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(ended(events).state()).isEqualTo(TaskState.STOPPED);
        assertThat(lines(events)).noneMatch(line -> line.contains("step 900/900"));
        assertThat(ended(untilEnded(other)).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void stopReachesATaskThatIsClaimedAheadAndOneThatDecodes() throws Exception {
        TaskId task = TaskId.random();
        TaskId ahead = TaskId.random();
        stage.model.beforeDecode = () -> stage.stop(task);
        BlockingQueue<TaskEvent> read = stage.read(task);
        BlockingQueue<TaskEvent> other = stage.read(ahead);
        stage.hub.subscribe(ahead, event -> {
            if (event instanceof TaskEvent.Started) {
                stage.stop(ahead);
            }
        });
        stage.store.add(task, "null", request(4).encode());
        stage.store.add(ahead, "null", request(1).put("overwrite_step", 900).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(ended(events).state()).isEqualTo(TaskState.STOPPED);
        assertThat(ended(events).result().images()).hasSizeLessThan(4);
        assertThat(stage.pictures.files.keySet()).containsAll(paths(ended(events)));
        assertThat(ended(untilEnded(other)).state()).isEqualTo(TaskState.STOPPED);
    }

    @Test
    void stopCancelsADecodingInFlight() throws Exception {
        TaskId task = TaskId.random();
        TaskId next = TaskId.random();
        AtomicInteger cancelled = new AtomicInteger();
        stage.model.beforeDecode = () -> {
            if (cancelled.get() == 0) {
                stage.vertx.eventBus().send(Addresses.node(stage.hub.node()), new NodeMessage.Stop(task));
                // the lane's own thread is in this call, and hears of nothing before its end
                cancelled.incrementAndGet();
                awaitPermit(stage.model.cancels);
            }
        };
        BlockingQueue<TaskEvent> read = stage.read(task);
        BlockingQueue<TaskEvent> other = stage.read(next);
        stage.store.add(task, "null", request(2).encode());
        stage.store.add(next, "null", request(1).encode());
        assertThat(ended(untilEnded(read))).satisfies(end -> {
            assertThat(end.state()).isEqualTo(TaskState.STOPPED);
            assertThat(end.error()).isNull();
            assertThat(end.result().images()).isEmpty();
        });
        assertThat(ended(untilEnded(other)).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void skipLeavesOutTheLowestUnfinishedImage() throws Exception {
        TaskId task = TaskId.random();
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch arrived = new CountDownLatch(1);
        CompletableFuture<Runnable> listening = new CompletableFuture<>();
        // told after the sampler, so that the skip waits behind the call in flight once this hears of it
        stage.vertx
                .getOrCreateContext()
                .runOnContext(ignored -> listening.complete(stage.hub.onControl(message -> arrived.countDown())));
        listening.get(10, TimeUnit.SECONDS);
        stage.model.beforeCall = () -> {
            if (calls.incrementAndGet() == 2) {
                stage.vertx.eventBus().send(Addresses.node(stage.hub.node()), new NodeMessage.Skip(task));
                await(arrived);
            }
        };
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(3).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(ended(events).state()).isEqualTo(TaskState.FINISHED);
        assertThat(ended(events).result().images())
                .extracting(SavedImage::index)
                .containsExactly(1, 2);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void awaitPermit(Semaphore permits) {
        try {
            if (permits.tryAcquire(10, TimeUnit.SECONDS)) {
                permits.release();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
