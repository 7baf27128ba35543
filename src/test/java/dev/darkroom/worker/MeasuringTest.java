package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an idle lane measures and keeps, and what its tasks' calls leave to be seen from outside. */
final class MeasuringTest {

    private static final BatchKey SHAPE = new BatchKey(8, 8, 77);
    private static final int STEPS = 12;

    @TempDir
    Path home;

    private LaneStage stage;
    private CurveFolder folder;

    @BeforeEach
    void open() throws Exception {
        stage = new LaneStage(4);
        folder = new CurveFolder(home, "test");
    }

    @AfterEach
    void close() throws Exception {
        stage.close();
    }

    private void deployMeasuring() throws Exception {
        stage.undeploy();
        SamplerConfig usual = stage.config;
        stage.config = new SamplerConfig(
                true,
                4,
                usual.lease(),
                usual.checkpointEvery(),
                usual.checkpointBeyond(),
                Duration.ofSeconds(30),
                home.toString());
        stage.measurements = folder;
        stage.deploy();
    }

    private void makeOne() throws InterruptedException {
        stage.store.add(
                TaskId.random(),
                "null",
                request(1)
                        .put("sampler_name", "euler")
                        .put("overwrite_step", STEPS)
                        .encode());
        assertThat(stage.store.completed.poll(30, TimeUnit.SECONDS))
                .isNotNull()
                .satisfies(end -> assertThat(end.state()).isEqualTo(TaskState.FINISHED));
    }

    @Test
    void anIdleModelIsMeasuredAndWhatIsKnownIsReadAgain() throws Exception {
        CountDownLatch measured = new CountDownLatch(1);
        Set<Integer> sizes = ConcurrentHashMap.newKeySet();
        // a task's calls have two rows; whether more than three are worth measuring is a matter of the machine's load
        stage.model.onCall = batch -> {
            sizes.add(batch.rows());
            if (batch.rows() == 3) {
                measured.countDown();
            }
        };
        deployMeasuring();
        makeOne();
        assertThat(measured.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(sizes).contains(1, 2, 3);
        stage.undeploy();
        List<LatencyCurve.Point> kept =
                folder.read(stage.model.traits()).of(SHAPE).points();
        assertThat(kept.stream().map(LatencyCurve.Point::rows)).contains(1, 2);

        sizes.clear();
        stage.model.onCall = batch -> sizes.add(batch.rows());
        stage.deploy();
        makeOne();
        makeOne();
        assertThat(sizes).as("measuring goes on where it was").contains(2).doesNotContain(1);
    }

    @Test
    void callsAndTasksAreSeenInMetricsAndFlightRecordings() throws Exception {
        Path file = home.resolve("flight.jfr");
        try (Recording recording = new Recording()) {
            recording.enable(StepEvent.class);
            recording.enable(TaskRecording.class);
            recording.start();
            makeOne();
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events.stream()
                        .collect(Collectors.groupingBy(
                                event -> event.getEventType().getName(), Collectors.counting())))
                .containsEntry("dev.darkroom.Step", (long) STEPS)
                .containsEntry("dev.darkroom.Task", 1L);
        for (RecordedEvent event : events) {
            assertThat(event.getString("model")).isEqualTo("null");
            assertThat(event.getInt("images")).isEqualTo(1);
            if (event.hasField("rows")) {
                assertThat(event.getInt("rows")).isEqualTo(2);
                assertThat(event.getInt("latentHeight")).isEqualTo(8);
                assertThat(event.getDuration("modelNanos")).isPositive();
            }
        }
        assertThat(stage.metrics
                        .get("darkroom.step")
                        .tag("shape", "8x8")
                        .timer()
                        .count())
                .isEqualTo(STEPS);
        assertThat(stage.metrics.get("darkroom.unet.rows").counter().count()).isEqualTo(2 * STEPS);
        assertThat(stage.metrics.get("darkroom.step.join").timer().count()).isEqualTo(1);
        double model = stage.metrics.get("darkroom.lane.model").counter().count();
        assertThat(model).isPositive();
        assertThat(stage.metrics.get("darkroom.lane.busy").counter().count()).isGreaterThanOrEqualTo(model);
    }
}
