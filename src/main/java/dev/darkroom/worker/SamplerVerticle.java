package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.NodeMessage;
import dev.darkroom.bus.StoreMessage.Lease;
import dev.darkroom.bus.StoreMessage.Release;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.output.OutputStore;
import dev.darkroom.output.PictureLog;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs one device's lane. It never loops: a turn makes one model call and posts the next turn behind whatever came in
 * meanwhile, so that a stop takes effect between two calls. Deploy it with {@link #options()}.
 */
public final class SamplerVerticle extends VerticleBase {

    /** The net below what is told of new tasks. */
    private static final long POLL_MILLIS = 5_000;

    private static final long LOAD_MILLIS = 2_000;

    /** How long the call in flight may still take when the node is to stop. */
    private static final long STEP_MILLIS = 1_500;

    private final SamplerConfig config;
    private final ModelShelf shelf;
    private final NodeEventHub hub;
    private final PromptLibrary library;
    private final RequestParser requests;
    private final OutputStore outputs;
    private final PictureLog log;
    private final MeterRegistry metrics;
    private final @Nullable CurveFolder measurements;
    private final TaskTracing tracing;
    private final Drain drain = new Drain();
    private final TurnClock turns = new TurnClock();
    private @Nullable EventTeller teller;
    private @Nullable ImageSaver saver;
    private @Nullable HeldTasks tasks;
    private @Nullable TaskCheckpoints checkpoints;
    private @Nullable TaskClaims claims;
    private @Nullable TaskEnding ending;
    private @Nullable Lane lane;
    private @Nullable LaneLoad load;
    private @Nullable DeviceCurves curves;
    private @Nullable CurveMeasuring measuring;
    private @Nullable TimeLimits limits;
    private @Nullable SamplerMetrics meters;
    private @Nullable Runnable endControl;
    private @Nullable MessageConsumer<TaskNotice> notices;
    private boolean turning;

    /** Makes one that keeps nothing of what it measures, and whose tasks nobody traces. */
    public SamplerVerticle(
            SamplerConfig config,
            ModelShelf shelf,
            PromptLibrary library,
            NodeEventHub hub,
            OutputStore outputs,
            PictureLog log,
            MeterRegistry metrics) {
        this(config, shelf, library, hub, outputs, log, metrics, null, TaskTracing.NONE);
    }

    /**
     * @param shelf shared with the {@link ModelVerticle}
     * @param library what prompts, styles and presets mean
     * @param hub started
     * @param log hears of every saved picture
     * @param measurements where measured latencies are kept, or null
     * @param tracing hears what becomes of each task
     */
    public SamplerVerticle(
            SamplerConfig config,
            ModelShelf shelf,
            PromptLibrary library,
            NodeEventHub hub,
            OutputStore outputs,
            PictureLog log,
            MeterRegistry metrics,
            @Nullable CurveFolder measurements,
            TaskTracing tracing) {
        this.config = config;
        this.shelf = shelf;
        this.hub = hub;
        this.library = library;
        this.requests = new RequestParser();
        this.outputs = outputs;
        this.log = log;
        this.metrics = metrics;
        this.measurements = measurements;
        this.tracing = tracing;
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
        shelf.enterThread();
        LaneRows rows = new LaneRows();
        teller = new EventTeller(hub);
        saver = new ImageSaver(vertx, outputs, log);
        new LeftoverPictures(vertx, saver).settle();
        tasks = new HeldTasks(rows, saver);
        meters = new SamplerMetrics(metrics, tasks.attempts());
        DeviceCurves known = new DeviceCurves(vertx, measurements);
        curves = known;
        LaneForecast forecast = new LaneForecast(rows, known);
        CallPause pause = new CallPause();
        load = new LaneLoad(
                vertx, rows, forecast, known, pause, this::imagesPerCall, config.maxRows(), System::nanoTime);
        TaskCheckpoints kept = new TaskCheckpoints(vertx, context, config, rows, load);
        checkpoints = kept;
        claims = new TaskClaims(
                vertx,
                config.lease(),
                new ClaimRoom(config.maxRows(), this::imagesPerCall, rows, tasks, forecast),
                hub,
                shelf,
                requests,
                tasks,
                saver,
                kept,
                teller,
                tracing,
                drain,
                this::wake);
        TaskCompletion completion = new TaskCompletion(vertx, drain::begun);
        ending = new TaskEnding(vertx, context, tasks, rows, completion, saver, teller, meters, drain, claims::claim);
        load.recall();
        limits = new TimeLimits(vertx);
        lane = new Lane(
                config.maxRows(), rows, forecast, known, pause, ending, this::load, library, hub, teller, meters, load);
        measuring = new CurveMeasuring(context, shelf, lane, known, config, this::wake);
        endControl = hub.onControl(this::control);
        vertx.setPeriodic(POLL_MILLIS, ignored -> {
            claims.look();
            known.save();
            wake();
        });
        vertx.setPeriodic(LOAD_MILLIS, ignored -> load.tell(tasks.inOrder()));
        return Future.join(listen(), deployKeeper()).onSuccess(ignored -> context.runOnContext(now -> claims.look()));
    }

    private Future<?> listen() {
        MessageConsumer<TaskNotice> consumer = vertx.eventBus().consumer(Addresses.TASKS, message -> {
            if (message.body() instanceof TaskNotice.Added) {
                claims.look();
            }
        });
        notices = consumer;
        return consumer.completion();
    }

    private Future<?> deployKeeper() {
        LeaseKeeper keeper = new LeaseKeeper(
                hub,
                config.lease(),
                turns,
                tasks.attempts(),
                lease -> context.runOnContext(ignored -> lose(lease)),
                task -> {
                    lane.cancel(task);
                    context.runOnContext(ignored -> stop(task));
                },
                this::interruptSoon);
        return vertx.deployVerticle(keeper, new DeploymentOptions().setThreadingModel(ThreadingModel.EVENT_LOOP));
    }

    /** The lane is to end: the step in flight may, if that takes no longer than a moment. On an event loop. */
    private void interruptSoon() {
        drain.announce();
        CompletableFuture.delayedExecutor(STEP_MILLIS, TimeUnit.MILLISECONDS).execute(lane::interrupt);
    }

    /**
     * Hands all tasks back, so that another node, or this one, goes on with them. The keeper, which is stopped before,
     * lets no further call begin; what is being written is waited for.
     */
    @Override
    public Future<?> stop() {
        if (endControl != null) {
            endControl.run();
        }
        if (notices != null) {
            // what is said while this stops, its own farewell too, would reach a thread that is gone
            notices.unregister();
        }
        return drain.begin().compose(ignored -> handBack()).eventually(() -> {
            if (teller != null) {
                teller.close();
            }
            if (load != null) {
                load.leave();
            }
            if (measuring != null) {
                measuring.pause();
            }
            return (curves == null ? Future.succeededFuture() : curves.save())
                    .eventually(() -> saver == null ? Future.succeededFuture() : saver.close());
        });
    }

    private Future<?> handBack() {
        return tasks == null
                ? Future.succeededFuture()
                : checkpoints
                        .keepAll(tasks.inOrder())
                        .compose(ignored -> tasks.giveUp())
                        .compose(leases -> leases.isEmpty()
                                ? Future.succeededFuture()
                                : vertx.eventBus().request(Addresses.STORE, new Release(leases)));
    }

    /** Sees to it that a turn follows. On the lane. */
    private void wake() {
        if (!turning && !drain.begun()) {
            turning = true;
            context.runOnContext(ignored -> turn());
        }
    }

    private void turn() {
        turning = false;
        if (drain.begun()) {
            return;
        }
        turns.begin();
        boolean worked = false;
        try {
            worked = lane.turn(tasks.inOrder()) || measuring.turn(tasks.active() == 0);
        } finally {
            turns.end(worked);
        }
        load.tell(tasks.inOrder());
        checkpoints.look(tasks.inOrder());
        claims.claim();
        if (worked) {
            wake();
        }
    }

    private int imagesPerCall() {
        return lane == null ? 1 : lane.imagesPerCall();
    }

    private void load(RunningTask task) {
        watch(task);
        long begun = System.nanoTime();
        ModelLoan loan = shelf.borrow(
                task.claim.model(),
                sentence -> context.runOnContext(ignored -> {
                    if (task.stage == RunningTask.Stage.WAITING_FOR_MODEL && task.ending == null && !task.lost) {
                        teller.tell(task.progressed(ProgressScale.LOADING_MODELS, sentence, 0));
                    }
                }));
        task.loan = loan;
        loan.arrival()
                // posted behind what the recall found
                .compose(model -> task.recalled.map(model))
                .onComplete(model -> context.runOnContext(ignored -> {
                    task.trace.did(TaskTrace.Part.MODEL, 0, begun, model.cause());
                    if (model.succeeded()) {
                        lane.modelArrived(task, model.result());
                    } else {
                        ending.end(task, TaskState.FAILED, LaneFailure.sentence(model.cause()));
                    }
                    wake();
                }));
    }

    /** The task has begun: its time runs. */
    private void watch(RunningTask task) {
        Duration limit = task.claim.timeout();
        if (limit == null) {
            return;
        }
        task.endWatch = limits.watch(limit, () -> {
            task.late = true;
            lane.cancel(task.id());
            context.runOnContext(ignored -> {
                ending.end(task, TaskState.TIMED_OUT, null);
                wake();
            });
        });
    }

    private void control(NodeMessage message) {
        if (message instanceof NodeMessage.Skip skip) {
            RunningTask task = tasks.find(skip.taskId());
            if (task != null && task.ending == null && lane.skip(task)) {
                meters.image("skipped");
                ending.endIfDone(task);
                wake();
            }
        }
    }

    private void stop(TaskId id) {
        RunningTask task = tasks.find(id);
        if (task != null) {
            ending.end(task, TaskState.STOPPED, null);
            wake();
        }
    }

    private void lose(Lease lease) {
        if (tasks.lose(lease)) {
            claims.claim();
        }
    }
}
