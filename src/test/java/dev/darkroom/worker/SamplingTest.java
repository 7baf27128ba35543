package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.ended;
import static dev.darkroom.worker.LaneStage.lines;
import static dev.darkroom.worker.LaneStage.request;
import static dev.darkroom.worker.LaneStage.untilEnded;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a sampled task tells and makes. */
final class SamplingTest {

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
    void oneImageTellsFooocusNumbersAndMessagesInOrder() throws Exception {
        stage.store.add(TaskId.random(), "null", request(1).encode());
        // the model is in memory then
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS)).isNotNull();
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(1).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(lines(events))
                .containsExactly(
                        "1 Loading control models ...",
                        "1 Initializing ...",
                        "2 Loading models ...",
                        "3 Processing prompts ...",
                        "4 Preparing Fooocus text #1 ...",
                        "5 Encoding positive #1 ...",
                        "6 Encoding negative #1 ...",
                        "6 Moving model to GPU ...",
                        "6 Preparing task 1/1 ...",
                        "29 Sampling step 1/4, image 1/1 ...",
                        "53 Sampling step 2/4, image 1/1 ...",
                        "76 Sampling step 3/4, image 1/1 ...",
                        "100 Sampling step 4/4, image 1/1 ...",
                        "100 Saving image 1/1 to system ...");
        assertThat(events).extracting(TaskEvent::sequence).isSorted().doesNotHaveDuplicates();
        assertThat(ended(events).state()).isEqualTo(TaskState.FINISHED);
        assertThat(ended(events).result().images()).hasSize(1);
        assertThat(stage.store.completed.poll(10, TimeUnit.SECONDS).result())
                .isEqualTo(ended(events).result());
    }

    @Test
    void aTaskWaitsInTheQueueUntilARowIsAboutToBeFree() throws Exception {
        TaskId task = TaskId.random();
        TaskId next = TaskId.random();
        List<Boolean> pending = new CopyOnWriteArrayList<>();
        stage.model.beforeDecode = () -> pending.add(stage.store.isPending(next));
        BlockingQueue<TaskEvent> read = stage.read(task);
        BlockingQueue<TaskEvent> other = stage.read(next);
        stage.store.add(task, "null", request(3).encode());
        stage.store.add(next, "null", request(1).encode());
        untilEnded(read);
        untilEnded(other);
        // at the third decoding the next task may have been claimed, or not yet
        assertThat(pending).hasSize(4).startsWith(true, true).endsWith(false);
    }

    @Test
    void theQueueHearsThePaceOfEachOfAModelsFirstImages() throws Exception {
        stage.store.measured.clear();
        stage.store.add(
                TaskId.random(),
                "null",
                request(3)
                        .put("overwrite_width", 72)
                        .put("overwrite_height", 56)
                        .encode());
        for (int image = 1; image <= 3; image++) {
            StoreMessage.Measured told = stage.store.measured.poll(60, TimeUnit.SECONDS);
            assertThat(told).isNotNull();
            assertThat(told.pace().images()).isEqualTo(image);
        }
    }

    @Test
    void anEmptyQueueIsAskedOnceAfterEachTaskThatComes() throws Exception {
        int before = stage.store.claims.get();
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(1).put("overwrite_step", 200).encode());
        untilEnded(read);
        // one for the task, and few for notices, the poll and the row that was about to be free
        assertThat(stage.store.claims.get() - before).isBetween(1, 10);
    }

    @Test
    void threeImagesAreMadeOneAfterAnotherWithTheirOwnSeeds() throws Exception {
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(3).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(lines(events))
                .contains("6 Preparing task 1/3 ...", "37 Preparing task 2/3 ...", "68 Preparing task 3/3 ...");
        assertThat(ended(events).result().images()).extracting(SavedImage::seed).containsExactly(7L, 8L, 9L);
    }

    @Test
    void previewsAreMadeOnlyForReaders() throws Exception {
        TaskId unread = TaskId.random();
        stage.store.add(unread, "null", request(1).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).state()).isEqualTo(TaskState.FINISHED);
        assertThat(stage.model.previews).hasValue(0);
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(1).encode());
        assertThat(untilEnded(read))
                .anyMatch(event -> event instanceof TaskEvent.Progressed told && told.preview() != null);
    }

    @Test
    void samplingDoesNotWaitForPreviewsAndSkipsThemWhenTheyAreBehind() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        stage.model.beforePreview = () -> await(ended);
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = stage.read(task);
        stage.store.add(task, "null", request(1).put("overwrite_step", 200).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).state()).isEqualTo(TaskState.FINISHED);
        ended.countDown();
        List<TaskEvent> events = untilEnded(read);
        assertThat(stage.model.previews.get()).isBetween(1, 64);
        assertThat(events)
                .filteredOn(event -> event instanceof TaskEvent.Progressed told && told.step() == 200)
                .isNotEmpty()
                .allSatisfy(event ->
                        assertThat(((TaskEvent.Progressed) event).preview()).isNull());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anUnknownSamplerIsReplacedWithANote() throws Exception {
        TaskId task = TaskId.random();
        stage.store.add(task, "null", request(1).put("sampler_name", "plms").encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).result().notes())
                .containsExactly("The sampler plms is not available; dpmpp_2m_sde_gpu was used instead.");
    }

    @Test
    void everyImageGetsItsOwnPromptAndSharedTextsAreEncodedOnce() throws Exception {
        TaskId task = TaskId.random();
        stage.store.add(
                task,
                "null",
                request(4)
                        .put("prompt", "a [[red, blue]] cat")
                        .put("negative_prompt", "ugly")
                        .encode());
        StoreMessage.Complete complete = stage.store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(complete.state()).isEqualTo(TaskState.FINISHED);
        assertThat(stage.model.encoded).containsExactly("a red cat", "ugly", "a  blue cat");
        assertThat(complete.result().images())
                .extracting(image -> stage.pictures.parameters.get(image.path()))
                .satisfiesExactly(
                        first -> assertThat(first).contains("\"full_prompt\":[\"a red cat\"]"),
                        second -> assertThat(second).contains("\"full_prompt\":[\"a  blue cat\"]"),
                        third -> assertThat(third).contains("\"prompt\":\"a red cat\""),
                        fourth -> assertThat(fourth).contains("\"full_negative_prompt\":[\"ugly\"]"));
    }

    @Test
    void whatIsNotInstalledIsNotedOnce() throws Exception {
        TaskId task = TaskId.random();
        stage.store.add(
                task,
                "null",
                request(2)
                        .put("prompt", "a cat <lora:film:0.5>")
                        .put("loras", JsonArray.of(true, "other.safetensors", 1, true, "None", 1))
                        .put("style_selections", JsonArray.of("SAI Anime"))
                        .encode());
        StoreMessage.Complete complete = stage.store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(complete.state()).isEqualTo(TaskState.FINISHED);
        assertThat(complete.result().notes())
                .containsExactly(
                        "The LoRA other is not installed, so it was left out.",
                        "The LoRA film is not installed, so it was left out.",
                        "The style SAI Anime has no text on this server, so it changed nothing.");
    }

    @Test
    void aGridOfTheImagesIsSavedBesideThem() throws Exception {
        stage.store.add(
                TaskId.random(),
                "null",
                request(3).put("generate_image_grid", true).encode());
        StoreMessage.Complete three = stage.store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(three.result().images()).extracting(SavedImage::index).containsExactly(0, 1, 2, 3);
        assertThat(three.result().images()).extracting(SavedImage::width).containsExactly(64, 64, 64, 128);
        assertThat(three.result().images()).extracting(SavedImage::height).containsExactly(64, 64, 64, 128);
        stage.store.add(
                TaskId.random(),
                "null",
                request(1).put("generate_image_grid", true).encode());
        assertThat(stage.store.completed.poll(20, TimeUnit.SECONDS).result().images())
                .hasSize(1);
    }
}
