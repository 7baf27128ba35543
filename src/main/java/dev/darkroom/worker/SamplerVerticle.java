package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.NodeMessage;
import dev.darkroom.bus.StoreMessage.Claim;
import dev.darkroom.bus.StoreMessage.Claimed;
import dev.darkroom.bus.StoreMessage.ClaimedTask;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.StoreMessage.Lease;
import dev.darkroom.bus.StoreMessage.Release;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.image.RgbImage;
import dev.darkroom.output.OutputStore;
import dev.darkroom.output.PictureLog;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims tasks for one device and brings them to their end. It never loops: a turn makes one model call and posts the
 * next turn behind whatever came in meanwhile, so that a stop takes effect between two calls. Deploy it with
 * {@link #options()}.
 */
public final class SamplerVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(SamplerVerticle.class);
    private static final long POLL_MILLIS = 2_000;

    private final SamplerConfig config;
    private final ModelShelf shelf;
    private final NodeEventHub hub;
    private final PromptLibrary library;
    private final RequestParser requests;
    private final OutputStore outputs;
    private final PictureLog log;
    private final MeterRegistry metrics;
    private final Map<TaskId, RunningTask> tasks = new LinkedHashMap<>();
    private final Map<TaskId, Integer> held = new ConcurrentHashMap<>();
    private final TurnClock turns = new TurnClock();
    private @Nullable Lane lane;
    private @Nullable EventTeller teller;
    private @Nullable ImageSaver saver;
    private @Nullable TaskCompletion completion;
    private @Nullable SamplerMetrics meters;
    private @Nullable Runnable endControl;
    private final Promise<Void> drained = Promise.promise();
    private boolean draining;
    private boolean turning;
    private boolean claiming;
    private boolean added;
    private int pending;

    /**
     * @param shelf shared with the {@link ModelVerticle}
     * @param library what prompts, styles and presets mean
     * @param hub started
     * @param log hears of every saved picture
     */
    public SamplerVerticle(
            SamplerConfig config,
            ModelShelf shelf,
            PromptLibrary library,
            NodeEventHub hub,
            OutputStore outputs,
            PictureLog log,
            MeterRegistry metrics) {
        this.config = config;
        this.shelf = shelf;
        this.hub = hub;
        this.library = library;
        this.requests = new RequestParser(library.presets());
        this.outputs = outputs;
        this.log = log;
        this.metrics = metrics;
    }

    /** Returns a worker context with a thread of its own, on which a turn may take long. */
    public static DeploymentOptions options() {
        return new DeploymentOptions()
                .setThreadingModel(ThreadingModel.WORKER)
                .setWorkerPoolName("darkroom-sampler")
                .setWorkerPoolSize(1)
                .setMaxWorkerExecuteTime(1)
                .setMaxWorkerExecuteTimeUnit(TimeUnit.HOURS);
    }

    @Override
    public Future<?> start() {
        teller = new EventTeller(hub);
        saver = new ImageSaver(vertx, outputs, log);
        new LeftoverPictures(vertx, saver).settle();
        completion = new TaskCompletion(vertx, () -> draining);
        meters = new SamplerMetrics(metrics, held);
        lane = new Lane(this, config.maxRows(), library, hub, teller, meters);
        endControl = hub.onControl(this::control);
        vertx.setPeriodic(POLL_MILLIS, ignored -> claim());
        LeaseKeeper keeper = new LeaseKeeper(
                hub, config.lease(), turns, held, lease -> context.runOnContext(ignored -> lose(lease)), task -> {
                    lane.cancel(task);
                    context.runOnContext(ignored -> stop(task));
                });
        return Future.join(
                        vertx.eventBus()
                                .<TaskNotice>consumer(Addresses.TASKS, message -> {
                                    if (message.body() instanceof TaskNotice.Added) {
                                        claim();
                                    }
                                })
                                .completion(),
                        vertx.deployVerticle(
                                keeper, new DeploymentOptions().setThreadingModel(ThreadingModel.EVENT_LOOP)))
                .onSuccess(ignored -> context.runOnContext(now -> claim()));
    }

    /** Finishes what can't be interrupted, and hands the rest back, so that another node, or this one, does it again. */
    @Override
    public Future<?> stop() {
        draining = true;
        if (endControl != null) {
            endControl.run();
        }
        settle();
        return drained.future().compose(ignored -> handBack()).eventually(() -> {
            if (teller != null) {
                teller.close();
            }
            return saver == null ? Future.succeededFuture() : saver.close();
        });
    }

    private Future<?> handBack() {
        List<Lease> leases = new ArrayList<>();
        List<Future<?>> deletions = new ArrayList<>();
        for (RunningTask task : tasks.values()) {
            if (task.completing) {
                // its end may stand in the row though nobody said so; a lapsed lease tells
                continue;
            }
            leases.add(task.lease());
            deletions.add(saver.discard(task));
        }
        tasks.clear();
        held.clear();
        if (leases.isEmpty()) {
            return Future.succeededFuture();
        }
        return Future.join(deletions)
                .otherwiseEmpty()
                .compose(ignored -> vertx.eventBus().request(Addresses.STORE, new Release(leases)));
    }

    private void settle() {
        if (draining && pending == 0) {
            drained.tryComplete();
        }
    }

    private void claim() {
        long active =
                tasks.values().stream().filter(task -> task.ending == null).count();
        int free = 2 * config.maxRows() - (int) active;
        List<String> models = shelf.names();
        if (draining || free <= 0 || models.isEmpty()) {
            return;
        }
        if (claiming) {
            added = true;
            return;
        }
        claiming = true;
        added = false;
        pending++;
        vertx.eventBus()
                .<Claimed>request(Addresses.STORE, new Claim(hub.node(), models, free, config.lease()))
                .onComplete(reply -> {
                    claiming = false;
                    pending--;
                    if (reply.succeeded()) {
                        reply.result().body().tasks().forEach(this::accept);
                        wake();
                    } else {
                        LOG.debug("No tasks can be claimed now", reply.cause());
                    }
                    settle();
                    if (added) {
                        claim();
                    }
                });
    }

    private void accept(ClaimedTask claim) {
        held.put(claim.taskId(), claim.attempt());
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Claimed(claim.taskId(), claim.attempt(), hub.node()));
        try {
            RunningTask task = new RunningTask(claim, requests.parse(claim.requestJson()));
            task.cleared = saver.clear(task);
            RunningTask older = tasks.put(task.id(), task);
            if (older != null) {
                abandon(older);
            }
            teller.tell(task.started());
        } catch (JsonProcessingException | RuntimeException unreadable) {
            LOG.error("The request of task {} can't be read", claim.taskId(), unreadable);
            Complete failed = new Complete(
                    claim.taskId(),
                    claim.attempt(),
                    TaskState.FAILED,
                    TaskResult.EMPTY,
                    "The stored request can't be read.");
            vertx.eventBus().request(Addresses.STORE, failed).onComplete(ignored -> {
                held.remove(claim.taskId());
                vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Ended(claim.taskId(), TaskState.FAILED));
            });
        }
    }

    /** Sees to it that a turn follows. On the lane. */
    void wake() {
        if (!turning && !draining) {
            turning = true;
            context.runOnContext(ignored -> turn());
        }
    }

    private void turn() {
        turning = false;
        if (draining) {
            return;
        }
        turns.begin();
        boolean worked;
        try {
            worked = lane.turn(tasks.values());
        } finally {
            turns.end();
        }
        if (worked) {
            wake();
        }
    }

    /** Starts loading the task's model. */
    void load(RunningTask task) {
        shelf.load(task.claim.model())
                .onComplete(model -> context.runOnContext(ignored -> {
                    if (model.succeeded()) {
                        lane.modelArrived(task, model.result());
                    } else {
                        end(task, TaskState.FAILED, LaneFailure.sentence(model.cause()));
                    }
                    wake();
                }));
    }

    /** Hands a finished picture over to be written, while the lane goes on. */
    void save(RunningTask task, int index, RgbImage picture) {
        task.saving++;
        pending++;
        // posted, since a worker context's futures may complete on the thread of another pool
        saver.save(task, index, picture)
                .onComplete(saved -> context.runOnContext(ignored -> saved(task, saved.result(), saved.cause())));
    }

    private void saved(RunningTask task, @Nullable SavedImage image, @Nullable Throwable failure) {
        task.saving--;
        pending--;
        if (image == null) {
            LOG.error("An image of task {} can't be saved", task.id(), failure);
            meters.image("failed");
            end(task, TaskState.FAILED, "The image could not be saved: " + LaneFailure.sentence(failure));
        } else {
            task.add(image);
            if (task.lost) {
                saver.discard(task);
            } else {
                meters.image("saved");
                teller.tell(task.saved(image));
            }
        }
        endIfDone(task);
        settle();
    }

    /** Ends a task, unless it is ending already; what is being saved is waited for. */
    void end(RunningTask task, TaskState state, @Nullable String error) {
        if (task.ending == null && !task.lost) {
            task.ending = state;
            task.error = error;
            lane.leave(task);
        }
        endIfDone(task);
    }

    /** Completes the row once nothing of the task is left to do. */
    void endIfDone(RunningTask task) {
        if (tasks.get(task.id()) != task || task.lost || task.completing || task.saving > 0) {
            return;
        }
        if (task.ending == null) {
            if (task.stage != RunningTask.Stage.SAMPLING || task.hasNext() || lane.holds(task)) {
                return;
            }
            task.ending = TaskState.FINISHED;
        }
        task.completing = true;
        pending++;
        TaskState state = task.ending;
        completion.complete(task, state).onComplete(taken -> {
            pending--;
            if (taken.succeeded()) {
                // not a later attempt that this node has claimed meanwhile
                tasks.remove(task.id(), task);
                held.remove(task.id(), task.claim.attempt());
                if (taken.result()) {
                    pending++;
                    saver.keep(task)
                            .onComplete(kept -> context.runOnContext(now -> {
                                pending--;
                                settle();
                            }));
                    teller.tell(task.ended(state));
                    vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Ended(task.id(), state));
                } else {
                    LOG.warn("Task {} belongs to another worker; its images here are deleted", task.id());
                    task.lost = true;
                    saver.discard(task);
                }
            }
            settle();
            claim();
        });
        // the next task may be claimed while this one's end is written
        claim();
    }

    private void control(NodeMessage message) {
        if (message instanceof NodeMessage.Skip skip) {
            RunningTask task = tasks.get(skip.taskId());
            if (task != null && task.ending == null && lane.skip(task)) {
                meters.image("skipped");
                endIfDone(task);
                wake();
            }
        }
    }

    private void stop(TaskId id) {
        RunningTask task = tasks.get(id);
        if (task != null) {
            end(task, TaskState.STOPPED, null);
            wake();
        }
    }

    private void lose(Lease lease) {
        RunningTask task = tasks.get(lease.taskId());
        held.remove(lease.taskId(), lease.attempt());
        if (task != null && task.claim.attempt() == lease.attempt() && !task.completing) {
            LOG.warn("The lease of task {} is lost", lease.taskId());
            tasks.remove(task.id());
            abandon(task);
            claim();
        }
    }

    /** Somebody else makes the task now, so nothing of it may stay. */
    private void abandon(RunningTask task) {
        task.lost = true;
        lane.leave(task);
        saver.discard(task);
    }
}
