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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims tasks for a lane: as many as it has free rows, and one batch ahead. Belongs to the lane. */
final class TaskClaims {

    private static final Logger LOG = LoggerFactory.getLogger(TaskClaims.class);

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
    private boolean claiming;
    private boolean again;

    /** @param wake sees to it that the lane has a turn */
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
            Runnable wake) {
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
    }

    /** Claims what there is room for, or does so again once the claim in flight is answered. */
    void claim() {
        int free = 2 * config.maxRows() - tasks.active();
        List<String> models = shelf.names();
        if (drain.begun() || free <= 0 || models.isEmpty()) {
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
                .<Claimed>request(Addresses.STORE, new Claim(hub.node(), models, free, config.lease()))
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
