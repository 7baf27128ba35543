package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.TaskId;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of tasks when their lane is taken down. */
final class DrainTest {

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
    void aDrainedTaskIsMadeAgainWithTheSamePicture() throws Exception {
        TaskId task = TaskId.random();
        CountDownLatch stepping = new CountDownLatch(6);
        stage.model.beforeCall = stepping::countDown;
        stage.store.add(task, "null", request(2).put("overwrite_step", 300).encode());
        assertThat(stepping.await(20, TimeUnit.SECONDS)).isTrue();
        stage.undeploy();
        assertThat(stage.store.released.poll()).isEqualTo(new StoreMessage.Lease(task, 1));
        assertThat(stage.pictures.files).isEmpty();
        stage.deploy();
        StoreMessage.Complete complete = stage.store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(complete.attempt()).isEqualTo(2);
        TaskId same = TaskId.random();
        stage.store.add(same, "null", request(2).put("overwrite_step", 300).encode());
        StoreMessage.Complete again = stage.store.completed.poll(20, TimeUnit.SECONDS);
        for (int image = 0; image < 2; image++) {
            assertThat(stage.pictures.files.get(
                            complete.result().images().get(image).path()))
                    .isEqualTo(stage.pictures.files.get(
                            again.result().images().get(image).path()));
        }
    }

    @Test
    void theCallInFlightIsEndedAndItsTasksAreHandedBack() throws Exception {
        TaskId task = TaskId.random();
        CountDownLatch inCall = new CountDownLatch(1);
        AtomicBoolean cancelled = new AtomicBoolean();
        stage.model.beforeCall = () -> {
            inCall.countDown();
            try {
                // longer than a server that stops may take
                cancelled.set(stage.model.cancels.tryAcquire(60, TimeUnit.SECONDS));
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
            stage.model.failsNext = true;
        };
        stage.store.add(task, "null", request(1).put("overwrite_step", 300).encode());
        assertThat(inCall.await(20, TimeUnit.SECONDS)).isTrue();
        stage.undeploy();
        assertThat(cancelled).isTrue();
        assertThat(stage.store.released.poll()).isEqualTo(new StoreMessage.Lease(task, 1));
        assertThat(stage.store.completed).isEmpty();
    }
}
