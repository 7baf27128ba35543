package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.NodeMessage;
import dev.darkroom.model.Device;
import dev.darkroom.model.HostMemory;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.output.PictureLog;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.testing.NullModel;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A sampler over a store and pictures in memory, whose models compute nothing. */
final class LaneStage {

    final NullModel model = new NullModel("null", 64, 4, 1);
    final MemoryPictures pictures = new MemoryPictures();
    final MeterRegistry metrics = new SimpleMeterRegistry();
    final Vertx vertx = Vertx.vertx();
    final MemoryStore store;
    final NodeEventHub hub;
    private final ModelShelf shelf;
    private String deployment;

    /** Where measured latencies are kept, or null. */
    @Nullable
    CurveFolder measurements;

    /** Of the samplers that are deployed from now on. */
    SamplerConfig config;

    /** Of them, too. */
    TaskTracing tracing = TaskTracing.NONE;

    /** A task that is in the store before the node starts. */
    record Waiting(TaskId id, String model, String json) {}

    /** Makes one whose models folder holds "null", which is {@link #model}, and "broken", which can't be loaded. */
    LaneStage() throws Exception {
        this(1);
    }

    /** @param maxRows images under way at once */
    LaneStage(int maxRows) throws Exception {
        this(LaneStage::folders, null, new MemoryBudget(1L << 30, new HostMemory()), maxRows);
    }

    /** @param loader null for that of {@link #model} */
    LaneStage(
            Callable<List<ModelFolder>> scanner,
            @Nullable ModelLoader loader,
            MemoryBudget budget,
            int maxRows,
            Waiting... waiting)
            throws Exception {
        config = new SamplerConfig(true, maxRows, Duration.ofSeconds(3));
        MessageCodecs.register(vertx);
        store = new MemoryStore(vertx);
        hub = new NodeEventHub(vertx, UUID.randomUUID(), null);
        shelf = new ModelShelf(
                vertx, scanner, loader == null ? loader() : loader, "", budget, new SimpleMeterRegistry());
        for (Waiting task : waiting) {
            store.add(task.id(), task.model(), task.json());
        }
        store.start()
                .compose(started -> hub.start())
                .compose(started -> vertx.deployVerticle(new ModelVerticle(shelf, true)))
                .await(10, TimeUnit.SECONDS);
        deploy();
    }

    /** Asks the node to stop a task. */
    void stop(TaskId task) {
        vertx.eventBus().send(Addresses.node(hub.node()), new NodeMessage.Stop(task));
    }

    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    void deploy() throws Exception {
        deployment = vertx.deployVerticle(
                        new SamplerVerticle(
                                config,
                                shelf,
                                PromptLibrary.empty(),
                                hub,
                                pictures,
                                PictureLog.NONE,
                                metrics,
                                measurements,
                                tracing),
                        SamplerVerticle.options())
                .await(10, TimeUnit.SECONDS);
    }

    void undeploy() throws Exception {
        vertx.undeploy(deployment).await(20, TimeUnit.SECONDS);
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

    static JsonObject request(int images) {
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

    /** Subscribes to a task's events. */
    BlockingQueue<TaskEvent> read(TaskId task) throws Exception {
        BlockingQueue<TaskEvent> events = new LinkedBlockingQueue<>();
        CompletableFuture<Runnable> subscribed = new CompletableFuture<>();
        vertx.getOrCreateContext().runOnContext(ignored -> subscribed.complete(hub.subscribe(task, events::add)));
        subscribed.get(10, TimeUnit.SECONDS);
        return events;
    }

    static List<TaskEvent> untilEnded(BlockingQueue<TaskEvent> read) throws InterruptedException {
        List<TaskEvent> events = new ArrayList<>();
        while (events.isEmpty() || !(events.get(events.size() - 1) instanceof TaskEvent.Ended)) {
            TaskEvent event = read.poll(20, TimeUnit.SECONDS);
            assertThat(event).as("after " + events).isNotNull();
            events.add(event);
        }
        return events;
    }

    static TaskEvent.Ended ended(List<TaskEvent> events) {
        return (TaskEvent.Ended) events.get(events.size() - 1);
    }

    static List<String> paths(TaskEvent.Ended ended) {
        return ended.result().images().stream().map(SavedImage::path).toList();
    }

    /** Returns per cent and message of what was told of a task's progress. */
    static List<String> lines(List<TaskEvent> events) {
        return events.stream()
                .filter(event -> event instanceof TaskEvent.Progressed)
                .map(event -> (TaskEvent.Progressed) event)
                .map(told -> told.progress() + " " + told.message())
                .toList();
    }
}
