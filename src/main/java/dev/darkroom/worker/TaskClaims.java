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
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims tasks for a lane: as many as have room in it now or in a moment. Belongs to the lane. */
final class TaskClaims {

    private static final Logger LOG = LoggerFactory.getLogger(TaskClaims.class);

    private final Vertx vertx;
    private final Duration lease;
    private final ClaimRoom room;
    private final NodeEventHub hub;
    private final ModelShelf shelf;
    private final RequestParser requests;
    private final HeldTasks tasks;
    private final ImageSaver saver;
    private final TaskCheckpoints checkpoints;
    private final EventTeller teller;
    private final Drain drain;
    private final Runnable wake;
    private boolean claiming;
    private boolean lookAgain;
    private boolean queueEmpty;

    /**
     * @param lease how long this node may be silent about a task
     * @param wake sees to it that the lane has a turn
     */
    TaskClaims(
            Vertx vertx,
            Duration lease,
            ClaimRoom room,
            NodeEventHub hub,
            ModelShelf shelf,
            RequestParser requests,
            HeldTasks tasks,
            ImageSaver saver,
            TaskCheckpoints checkpoints,
            EventTeller teller,
            Drain drain,
            Runnable wake) {
        this.vertx = vertx;
        this.lease = lease;
        this.room = room;
        this.hub = hub;
        this.shelf = shelf;
        this.requests = requests;
        this.tasks = tasks;
        this.saver = saver;
        this.checkpoints = checkpoints;
        this.teller = teller;
        this.drain = drain;
        this.wake = wake;
    }

    /** Tasks may wait that no claim has met: claims what there is room for. */
    void look() {
        queueEmpty = false;
        lookAgain = true;
        claim();
    }

    /** Claims what there is room for, unless the last claim has emptied the queue or is still in flight. */
    void claim() {
        int free = room.images();
        List<String> models = shelf.names();
        if (drain.begun() || claiming || queueEmpty || free <= 0 || models.isEmpty()) {
            return;
        }
        claiming = true;
        lookAgain = false;
        drain.enter();
        vertx.eventBus()
                .<Claimed>request(Addresses.STORE, new Claim(hub.node(), models, free, lease))
                .onComplete(reply -> {
                    claiming = false;
                    if (reply.succeeded()) {
                        int images = 0;
                        for (ClaimedTask task : reply.result().body().tasks()) {
                            images += accept(task);
                        }
                        queueEmpty = images < free && !lookAgain;
                        wake.run();
                    } else {
                        // the next look asks again
                        queueEmpty = true;
                        LOG.debug("No tasks can be claimed now", reply.cause());
                    }
                    drain.leave();
                    claim();
                });
    }

    /** Returns how many images the task is to have. */
    private int accept(ClaimedTask claim) {
        tasks.hold(claim);
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Claimed(claim.taskId(), claim.attempt(), hub.node()));
        try {
            RunningTask task = new RunningTask(claim, requests.parse(claim.requestJson()));
            task.cleared = saver.clear(task);
            task.recalled = checkpoints.recall(task);
            tasks.add(task);
            shelf.prefetch(claim.model());
            teller.tell(task.started());
            return task.images();
        } catch (JsonProcessingException | RuntimeException unreadable) {
            LOG.error("The request of task {} can't be read", claim.taskId(), unreadable);
            refuse(claim);
            return 1;
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
