package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.TaskId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the next attempt at a task makes of where the last one was. */
final class ResumeTest {

    private static final int STEPS = 40;
    private static final int BEFORE = 12;

    private final AtomicInteger calls = new AtomicInteger();
    private LaneStage stage;

    @BeforeEach
    void open() throws Exception {
        stage = new LaneStage();
    }

    @AfterEach
    void close() throws Exception {
        stage.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "euler",
                "euler_ancestral",
                "heun",
                "lms",
                "dpmpp_2m",
                "dpmpp_sde",
                "dpmpp_2m_sde",
                "dpmpp_3m_sde",
                "dpm_adaptive",
                "uni_pc",
                "restart"
            })
    void theNextAttemptGoesOnAndMakesThePictureOfAnUninterruptedRun(String sampler) throws Exception {
        CountDownLatch begun = new CountDownLatch(BEFORE);
        stage.model.beforeCall = begun::countDown;
        TaskId task = submit(sampler, 1);
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        stage.undeploy();
        assertThat(stage.store.released.poll()).isEqualTo(new StoreMessage.Lease(task, 1));
        StoreMessage.ImageCheckpoint kept = stage.store.checkpoints.get(task).get(0);
        assertThat(kept.step()).isPositive();

        stage.model.beforeCall = calls::incrementAndGet;
        int encodedBefore = stage.model.encoded.size();
        stage.deploy();
        StoreMessage.Complete resumed = completion();
        int callsAfter = calls.getAndSet(0);
        assertThat(resumed.attempt()).isEqualTo(2);
        assertThat(stage.model.encoded).as("no text is encoded again").hasSize(encodedBefore);
        assertThat(callsAfter).isPositive();

        submit(sampler, 1);
        StoreMessage.Complete whole = completion();
        assertThat(callsAfter).as("of " + calls + " calls in all").isLessThanOrEqualTo(calls.get() - BEFORE / 2);
        assertThat(pictures(resumed)).isEqualTo(pictures(whole));
    }

    @Test
    void imagesThatWereDoneAreNotSampledAgain() throws Exception {
        // the second image's steps
        CountDownLatch begun = new CountDownLatch(STEPS + BEFORE);
        stage.model.beforeCall = begun::countDown;
        submit("dpmpp_2m", 3);
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        stage.undeploy();
        stage.model.beforeCall = calls::incrementAndGet;
        stage.deploy();
        StoreMessage.Complete resumed = completion();
        assertThat(resumed.result().images()).hasSize(3);
        assertThat(calls.getAndSet(0)).isLessThanOrEqualTo(2 * STEPS - BEFORE / 2);
        submit("dpmpp_2m", 3);
        assertThat(pictures(resumed)).isEqualTo(pictures(completion()));
    }

    @Test
    void longTasksAreKeptWhileTheyRunAndShortOnesAreNot() throws Exception {
        stage.undeploy();
        stage.config = new SamplerConfig(true, 1, Duration.ofSeconds(3), Duration.ofMillis(1), Duration.ZERO);
        stage.deploy();
        TaskId kept = submit("dpmpp_2m", 1);
        completion();
        Map<Integer, StoreMessage.ImageCheckpoint> images = stage.store.checkpoints.get(kept);
        assertThat(images.get(0).step()).isPositive();
        assertThat(EncodedInput.fromBytes(images.get(0).input()).weightsHash())
                .isEqualTo(stage.model.traits().weightsHash());

        stage.undeploy();
        stage.config = new SamplerConfig(true, 1, Duration.ofSeconds(3), Duration.ofMillis(1), Duration.ofHours(1));
        stage.deploy();
        TaskId brief = submit("dpmpp_2m", 1);
        completion();
        assertThat(stage.store.checkpoints).doesNotContainKey(brief);
    }

    private TaskId submit(String sampler, int images) {
        TaskId task = TaskId.random();
        stage.store.add(
                task,
                "null",
                request(images)
                        .put("overwrite_step", STEPS)
                        .put("sampler_name", sampler)
                        .encode());
        return task;
    }

    private StoreMessage.Complete completion() throws InterruptedException {
        StoreMessage.Complete complete = stage.store.completed.poll(30, TimeUnit.SECONDS);
        assertThat(complete).isNotNull();
        return complete;
    }

    private List<Object> pictures(StoreMessage.Complete complete) {
        List<Object> pictures = new ArrayList<>();
        complete.result().images().forEach(image -> pictures.add(stage.pictures.files.get(image.path())));
        assertThat(pictures).isNotEmpty().doesNotContainNull();
        return pictures;
    }
}
