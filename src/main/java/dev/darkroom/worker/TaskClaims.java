package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.StoreMessage.Claim;
import dev.darkroom.bus.StoreMessage.Claimed;
import dev.darkroom.bus.StoreMessage.ClaimedTask;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims tasks for a lane. At once as many as two calls hold, the second of them ahead; a moment later, when an idle node
 * would have taken them, as many as may be under way; and beyond all bounds what has a higher priority than a task that
 * it holds. Belongs to the lane.
 */
final class TaskClaims {

    private static final Logger LOG = LoggerFactory.getLogger(TaskClaims.class);

    /** An idle node has claimed a task after this time. */
    private static final long LATER_MILLIS = 100;

    private final Vertx vertx;
    private final SamplerConfig config;
    private final NodeEventHub hub;
    private final ModelShelf shelf;
    private final RequestParser requests;
    private final HeldTasks tasks;
    private final ImageSaver saver;
    private final EventTeller teller;
    private final Drain drain;
    private final Runnable wake;
    private final IntSupplier imagesPerCall;
    private boolean claiming;
    private boolean looking;
    private long lookedAt = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(LATER_MILLIS);
    private boolean again;

    /**
     * @param wake sees to it that the lane has a turn
     * @param imagesPerCall images that share a call at most
     */
    TaskClaims(
            Vertx vertx,
            SamplerConfig config,
            NodeEventHub hub,
            ModelShelf shelf,
            RequestParser requests,
            HeldTasks tasks,
            ImageSaver saver,
            EventTeller teller,
            Drain drain,
            Runnable wake,
            IntSupplier imagesPerCall) {
        this.vertx = vertx;
        this.config = config;
        this.hub = hub;
        this.shelf = shelf;
        this.requests = requests;
        this.tasks = tasks;
        this.saver = saver;
        this.teller = teller;
        this.drain = drain;
        this.wake = wake;
        this.imagesPerCall = imagesPerCall;
    }

    /** Claims what there is room for, or does so again once the claim in flight is answered. */
    void claim() {
        if (drain.begun()) {
            return;
        }
        int free = 2 * imagesPerCall.getAsInt() - tasks.active();
        if (free > 0) {
            claim(free, null);
        }
        lookLater();
    }

    private void lookLater() {
        if (!looking) {
            looking = true;
            long since = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lookedAt);
            vertx.setTimer(Math.max(1, LATER_MILLIS - since), passed -> {
                looking = false;
                lookedAt = System.nanoTime();
                look();
            });
        }
    }

    /** Claims what nobody else has taken meanwhile. */
    private void look() {
        int most = config.maxRows() + imagesPerCall.getAsInt();
        int held = tasks.active();
        Integer lowest = tasks.lowestPriority();
        if (held < most) {
            claim(most - held, null);
        } else if (lowest != null && held < most + config.maxRows()) {
            claim(most + config.maxRows() - held, lowest);
        }
    }

    private void claim(int limit, @Nullable Integer above) {
        List<String> models = shelf.names();
        if (drain.begun() || models.isEmpty()) {
            return;
        }
        if (claiming) {
            again = true;
            return;
        }
        claiming = true;
        again = false;
        drain.enter();
        vertx.eventBus()
                .<Claimed>request(Addresses.STORE, new Claim(hub.node(), models, limit, config.lease(), above))
                .onComplete(reply -> {
                    claiming = false;
                    if (reply.succeeded()) {
                        reply.result().body().tasks().forEach(this::accept);
                        wake.run();
                    } else {
                        LOG.debug("No tasks can be claimed now", reply.cause());
                    }
                    drain.leave();
                    if (again) {
                        claim();
                    }
                });
    }

    private void accept(ClaimedTask claim) {
        tasks.hold(claim);
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Claimed(claim.taskId(), claim.attempt(), hub.node()));
        try {
            RunningTask task = new RunningTask(claim, requests.parse(claim.requestJson()));
            task.cleared = saver.clear(task);
            tasks.add(task);
            shelf.prefetch(claim.model());
            teller.tell(task.started());
        } catch (JsonProcessingException | RuntimeException unreadable) {
            LOG.error("The request of task {} can't be read", claim.taskId(), unreadable);
            refuse(claim);
        }
    }

    private void refuse(ClaimedTask claim) {
        Complete failed = new Complete(
                claim.taskId(),
                claim.attempt(),
                TaskState.FAILED,
                TaskResult.EMPTY,
                "The stored request can't be read.");
        vertx.eventBus().request(Addresses.STORE, failed).onComplete(ignored -> {
            tasks.letGo(claim);
            vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Ended(claim.taskId(), TaskState.FAILED));
        });
    }
}
