package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.NodeMessage;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Device;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.output.OutputStore;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import dev.darkroom.testing.NullModel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SamplerVerticleTest {

    private final NullModel model = new NullModel("null", 64, 4, 1);
    private final Pictures pictures = new Pictures();
    private Vertx vertx;
    private MemoryStore store;
    private NodeEventHub hub;
    private ModelShelf shelf;
    private String deployment;

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        MessageCodecs.register(vertx);
        store = new MemoryStore(vertx);
        hub = new NodeEventHub(vertx, UUID.randomUUID(), null);
        shelf = new ModelShelf(vertx, SamplerVerticleTest::folders, loader(), "", new SimpleMeterRegistry());
        store.start()
                .compose(started -> hub.start())
                .compose(started -> vertx.deployVerticle(new ModelVerticle(shelf)))
                .await(10, TimeUnit.SECONDS);
        deploy();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    private void deploy() throws Exception {
        deployment = vertx.deployVerticle(
                        new SamplerVerticle(
                                new SamplerConfig(true, 1, Duration.ofSeconds(3)),
                                shelf,
                                hub,
                                pictures,
                                new SimpleMeterRegistry()),
                        SamplerVerticle.options())
                .await(10, TimeUnit.SECONDS);
    }

    @Test
    void oneImageTellsFooocusNumbersAndMessagesInOrder() throws Exception {
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = read(task);
        store.add(task, "null", request(1).encode());
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
        assertThat(store.completed.poll(10, TimeUnit.SECONDS).result())
                .isEqualTo(ended(events).result());
    }

    @Test
    void threeImagesAreMadeOneAfterAnotherWithTheirOwnSeeds() throws Exception {
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = read(task);
        store.add(task, "null", request(3).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(lines(events))
                .contains("6 Preparing task 1/3 ...", "37 Preparing task 2/3 ...", "68 Preparing task 3/3 ...");
        assertThat(ended(events).result().images()).extracting(SavedImage::seed).containsExactly(7L, 8L, 9L);
    }

    @Test
    void previewsAreMadeOnlyForReaders() throws Exception {
        TaskId unread = TaskId.random();
        store.add(unread, "null", request(1).encode());
        assertThat(store.completed.poll(20, TimeUnit.SECONDS).state()).isEqualTo(TaskState.FINISHED);
        assertThat(model.previews).hasValue(0);
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = read(task);
        store.add(task, "null", request(1).encode());
        assertThat(untilEnded(read))
                .anyMatch(event -> event instanceof TaskEvent.Progressed told && told.preview() != null);
    }

    @Test
    void stopEndsABusyTaskWithinTwoStepsAndTouchesNoOther() throws Exception {
        TaskId task = TaskId.random();
        TaskId next = TaskId.random();
        AtomicInteger after = new AtomicInteger(-1);
        CountDownLatch third = new CountDownLatch(3);
        model.beforeCall = () -> {
            third.countDown();
            if (third.getCount() == 0 && after.get() < 0) {
                after.set(0);
                vertx.eventBus().send(Addresses.node(hub.node()), new NodeMessage.Stop(task));
            }
        };
        BlockingQueue<TaskEvent> read = read(task);
        BlockingQueue<TaskEvent> other = read(next);
        store.add(task, "null", request(1).put("overwrite_step", 900).encode());
        store.add(next, "null", request(1).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(ended(events).state()).isEqualTo(TaskState.STOPPED);
        assertThat(lines(events)).noneMatch(line -> line.contains("step 900/900"));
        assertThat(ended(untilEnded(other)).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void stopReachesATaskInTheBacklogAndOneThatDecodes() throws Exception {
        TaskId task = TaskId.random();
        TaskId waiting = TaskId.random();
        CountDownLatch stopped = new CountDownLatch(1);
        model.beforeDecode = () -> {
            vertx.eventBus().send(Addresses.node(hub.node()), new NodeMessage.Stop(waiting));
            vertx.eventBus().send(Addresses.node(hub.node()), new NodeMessage.Stop(task));
            stopped.countDown();
        };
        BlockingQueue<TaskEvent> read = read(task);
        BlockingQueue<TaskEvent> other = read(waiting);
        store.add(task, "null", request(4).encode());
        store.add(waiting, "null", request(1).encode());
        assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
        List<TaskEvent> events = untilEnded(read);
        assertThat(ended(events).state()).isEqualTo(TaskState.STOPPED);
        assertThat(ended(events).result().images()).hasSizeLessThan(4);
        assertThat(pictures.files.keySet()).containsAll(paths(ended(events)));
        assertThat(ended(untilEnded(other)).state()).isEqualTo(TaskState.STOPPED);
    }

    @Test
    void stopCancelsADecodingInFlight() throws Exception {
        TaskId task = TaskId.random();
        TaskId next = TaskId.random();
        AtomicInteger cancelled = new AtomicInteger();
        model.beforeDecode = () -> {
            if (cancelled.get() == 0) {
                vertx.eventBus().send(Addresses.node(hub.node()), new NodeMessage.Stop(task));
                // the lane's own thread is in this call, and hears of nothing before its end
                cancelled.incrementAndGet();
                awaitPermit(model.cancels);
            }
        };
        BlockingQueue<TaskEvent> read = read(task);
        BlockingQueue<TaskEvent> other = read(next);
        store.add(task, "null", request(2).encode());
        store.add(next, "null", request(1).encode());
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
        vertx.getOrCreateContext()
                .runOnContext(ignored -> listening.complete(hub.onControl(message -> arrived.countDown())));
        listening.get(10, TimeUnit.SECONDS);
        model.beforeCall = () -> {
            if (calls.incrementAndGet() == 2) {
                vertx.eventBus().send(Addresses.node(hub.node()), new NodeMessage.Skip(task));
                await(arrived);
            }
        };
        BlockingQueue<TaskEvent> read = read(task);
        store.add(task, "null", request(3).encode());
        List<TaskEvent> events = untilEnded(read);
        assertThat(ended(events).state()).isEqualTo(TaskState.FINISHED);
        assertThat(ended(events).result().images())
                .extracting(SavedImage::index)
                .containsExactly(1, 2);
    }

    @Test
    void aFailureIsToldAndTheNextTaskSucceeds() throws Exception {
        model.failsNext = true;
        TaskId task = TaskId.random();
        TaskId next = TaskId.random();
        BlockingQueue<TaskEvent> read = read(task);
        BlockingQueue<TaskEvent> other = read(next);
        store.add(task, "null", request(1).encode());
        store.add(next, "null", request(1).encode());
        assertThat(ended(untilEnded(read)).state()).isEqualTo(TaskState.FAILED);
        assertThat(store.completed.poll(10, TimeUnit.SECONDS).error()).isEqualTo("the device failed");
        assertThat(ended(untilEnded(other)).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void aFullDiskAndABrokenModelFailTheirTasksOnly() throws Exception {
        pictures.full = true;
        TaskId task = TaskId.random();
        BlockingQueue<TaskEvent> read = read(task);
        store.add(task, "null", request(1).encode());
        assertThat(ended(untilEnded(read)).error()).contains("no space left");
        pictures.full = false;
        TaskId broken = TaskId.random();
        read = read(broken);
        store.add(broken, "broken", request(1).encode());
        assertThat(ended(untilEnded(read)).error()).contains("its files are gone");
        TaskId next = TaskId.random();
        read = read(next);
        store.add(next, "null", request(1).encode());
        assertThat(ended(untilEnded(read)).state()).isEqualTo(TaskState.FINISHED);
    }

    @Test
    void whatWasMadeUnderALostLeaseIsDeleted() throws Exception {
        TaskId task = TaskId.random();
        model.beforeDecode = () -> store.takeLease(task);
        store.add(task, "null", request(1).encode());
        CompletableFuture<Void> deleted = pictures.deleted;
        deleted.get(20, TimeUnit.SECONDS);
        assertThat(pictures.files).isEmpty();
        assertThat(store.completed).isEmpty();
    }

    @Test
    void anAttemptThatIsRefusedItsEndLeavesTheNextOneAlone() throws Exception {
        store.lapsesAtTheEnd = true;
        store.add(TaskId.random(), "null", request(1).encode());
        StoreMessage.Complete complete = store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(complete).isNotNull();
        assertThat(complete.attempt()).isEqualTo(2);
    }

    @Test
    void aDrainedTaskIsMadeAgainWithTheSamePicture() throws Exception {
        TaskId task = TaskId.random();
        CountDownLatch stepping = new CountDownLatch(6);
        model.beforeCall = stepping::countDown;
        store.add(task, "null", request(2).put("overwrite_step", 300).encode());
        assertThat(stepping.await(20, TimeUnit.SECONDS)).isTrue();
        vertx.undeploy(deployment).await(20, TimeUnit.SECONDS);
        assertThat(store.released.poll()).isEqualTo(new StoreMessage.Lease(task, 1));
        assertThat(pictures.files).isEmpty();
        deploy();
        StoreMessage.Complete complete = store.completed.poll(20, TimeUnit.SECONDS);
        assertThat(complete.attempt()).isEqualTo(2);
        TaskId same = TaskId.random();
        store.add(same, "null", request(2).put("overwrite_step", 300).encode());
        StoreMessage.Complete again = store.completed.poll(20, TimeUnit.SECONDS);
        for (int image = 0; image < 2; image++) {
            assertThat(pictures.files.get(complete.result().images().get(image).path()))
                    .isEqualTo(pictures.files.get(
                            again.result().images().get(image).path()));
        }
    }

    @Test
    void anUnknownSamplerIsReplacedWithANote() throws Exception {
        TaskId task = TaskId.random();
        store.add(task, "null", request(1).put("sampler_name", "plms").encode());
        assertThat(store.completed.poll(20, TimeUnit.SECONDS).result().notes())
                .containsExactly("The sampler plms is not available; dpmpp_2m_sde_gpu was used instead.");
    }

    private static List<ModelFolder> folders() {
        return List.of(
                new ModelFolder("null", Path.of("null"), ModelDefaults.NONE, null),
                new ModelFolder("broken", Path.of("broken"), ModelDefaults.NONE, null));
    }

    private ModelLoader loader() {
        return new ModelLoader() {
            @Override
            public Device device() {
                return new Device("none", "this is a test");
            }

            @Override
            public LoadedModel load(ModelFolder folder) throws ModelException {
                if (folder.name().equals("broken")) {
                    throw new ModelException("its files are gone");
                }
                return model;
            }
        };
    }

    private static JsonObject request(int images) {
        return new JsonObject()
                .put("prompt", "a cat")
                .put("negative_prompt", "")
                .put("style_selections", new JsonArray().add("Fooocus V2"))
                .put("performance_selection", "Speed")
                .put("aspect_ratios_selection", "1152×896")
                .put("image_number", images)
                .put("output_format", "png")
                .put("image_seed", 7)
                .put("guidance_scale", 4.0)
                .put("clip_skip", 2)
                .put("sampler_name", "dpmpp_2m_sde_gpu")
                .put("scheduler_name", "karras")
                .put("overwrite_step", -1)
                .put("overwrite_width", -1)
                .put("overwrite_height", -1)
                .put("base_model_name", "null")
                .put("save_metadata_to_images", true)
                .put("metadata_scheme", "fooocus")
                .put("something_unknown", true);
    }

    private BlockingQueue<TaskEvent> read(TaskId task) throws Exception {
        BlockingQueue<TaskEvent> events = new LinkedBlockingQueue<>();
        CompletableFuture<Runnable> subscribed = new CompletableFuture<>();
        vertx.getOrCreateContext().runOnContext(ignored -> subscribed.complete(hub.subscribe(task, events::add)));
        subscribed.get(10, TimeUnit.SECONDS);
        return events;
    }

    private static List<TaskEvent> untilEnded(BlockingQueue<TaskEvent> read) throws InterruptedException {
        List<TaskEvent> events = new ArrayList<>();
        while (events.isEmpty() || !(events.get(events.size() - 1) instanceof TaskEvent.Ended)) {
            TaskEvent event = read.poll(20, TimeUnit.SECONDS);
            assertThat(event).as("after " + events).isNotNull();
            events.add(event);
        }
        return events;
    }

    private static TaskEvent.Ended ended(List<TaskEvent> events) {
        return (TaskEvent.Ended) events.get(events.size() - 1);
    }

    private static List<String> paths(TaskEvent.Ended ended) {
        return ended.result().images().stream().map(SavedImage::path).toList();
    }

    private static List<String> lines(List<TaskEvent> events) {
        return events.stream()
                .filter(event -> event instanceof TaskEvent.Progressed)
                .map(event -> (TaskEvent.Progressed) event)
                .map(told -> told.progress() + " " + told.message())
                .toList();
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

    /** Keeps pictures in memory. */
    private static final class Pictures implements OutputStore {
        private final Map<String, String> files = new ConcurrentHashMap<>();
        private final Map<Attempt, List<String>> attempts = new ConcurrentHashMap<>();
        private final AtomicInteger names = new AtomicInteger();
        private final CompletableFuture<Void> deleted = new CompletableFuture<>();
        private volatile boolean full;

        @Override
        public SavedImage save(
                Attempt attempt,
                int index,
                long seed,
                RgbImage picture,
                ImageFormat format,
                Map<String, String> parameters,
                String saveName)
                throws IOException {
            if (full) {
                throw new IOException("no space left on device");
            }
            String name = "day/" + names.incrementAndGet() + "." + format.extension();
            attempts.computeIfAbsent(attempt, first -> new ArrayList<>()).add(name);
            files.put(name, Arrays.hashCode(picture.rgb()) + "");
            return new SavedImage(index, name, seed, picture.width(), picture.height());
        }

        @Override
        public void settle(Attempt attempt, TaskResult kept) {
            List<String> saved = attempts.remove(attempt);
            if (saved != null) {
                kept.images().forEach(image -> saved.remove(image.path()));
                files.keySet().removeAll(saved);
                if (kept.images().isEmpty()) {
                    deleted.complete(null);
                }
            }
        }

        @Override
        public List<Attempt> unsettled() {
            return List.copyOf(attempts.keySet());
        }

        @Override
        public void discardEarlier(Attempt attempt) {
            for (int number = 1; number < attempt.number(); number++) {
                settle(new Attempt(attempt.task(), number), TaskResult.EMPTY);
            }
        }

        @Override
        public Optional<Path> find(String path) {
            return Optional.empty();
        }

        @Override
        public void delete(TaskResult result) {
            throw new UnsupportedOperationException("a sampler deletes by attempt");
        }
    }
}
