package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.Announcement;
import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.StoreMessage.Claim;
import dev.darkroom.bus.StoreMessage.Claimed;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.forecast.ClaimTimes;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims tasks for a lane: at once as many as keep its device full, a moment later, when an idle node would have taken
 * them, as many as have room in it, and beyond that what has a higher priority than a task that it holds. A task that is
 * to run alone waits in the queue until a lane runs nothing, where it keeps its priority and its time-out; a busy lane
 * claims nothing behind it, so that it gets empty, and nothing at all while it runs the task. Belongs to the lane.
 */
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
    private final TaskTracing tracing;
    private final Drain drain;
    private final Runnable wake;
    private boolean claiming;
    private boolean lookAgain;
    private boolean queueEmpty;
    private boolean nothingAbove;

    /** The last claim met a task that is to run alone: once nothing runs there is more in the queue than it told. */
    private boolean cut;

    /** The last claim met such a task, which this lane may have, while another was about to get it. */
    private boolean overtaken;

    private boolean looksLater;

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
            TaskTracing tracing,
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
        this.tracing = tracing;
        this.drain = drain;
        this.wake = wake;
    }

    /** Tasks may wait that no claim has met: claims what there is room for. */
    void look() {
        queueEmpty = false;
        nothingAbove = false;
        overtaken = false;
        lookAgain = true;
        claim();
    }

    /**
     * Claims what there is room for, unless the last claim has emptied the queue, as far as it is for this lane, or is
     * still in flight.
     */
    void claim() {
        if (cut && tasks.noneRuns()) {
            cut = false;
            queueEmpty = false;
            nothingAbove = false;
        }
        if (mayNotClaim()) {
            return;
        }
        int free = overtaken ? 0 : room.atOnce();
        if (free > 0) {
            claim(free, null);
        } else if (!looksLater && (room.later() > 0 || !nothingAbove)) {
            looksLater = true;
            vertx.setTimer(ClaimTimes.LATER_MILLIS, passed -> {
                looksLater = false;
                overtaken = false;
                claimMore();
            });
        }
    }

    private boolean mayNotClaim() {
        return drain.begun() || claiming || queueEmpty || tasks.anySolitary();
    }

    /** Claims what nobody else has taken meanwhile. */
    private void claimMore() {
        if (mayNotClaim()) {
            return;
        }
        int free = room.later();
        Integer lowest = tasks.lowestPriority();
        if (free > 0) {
            claim(free, null);
        } else if (!nothingAbove && lowest != null && room.above() > 0) {
            claim(room.above(), lowest);
        }
    }

    /** @param above only tasks of a higher priority, or null for any */
    private void claim(int free, @Nullable Integer above) {
        List<String> models = shelf.names();
        if (models.isEmpty()) {
            return;
        }
        boolean empty = tasks.noneRuns();
        claiming = true;
        lookAgain = false;
        drain.enter();
        vertx.eventBus()
                .<Claimed>request(Addresses.STORE, new Claim(hub.node(), models, free, lease, above, empty))
                .onComplete(reply -> {
                    claiming = false;
                    if (reply.succeeded()) {
                        int images = 0;
                        Claimed claimed = reply.result().body();
                        for (ClaimedTask task : claimed.tasks()) {
                            images += accept(task);
                        }
                        // there is no end of the queue in this: what is behind may be had in a moment
                        overtaken = empty && claimed.cut() && claimed.tasks().isEmpty();
                        cut = claimed.cut() && !overtaken;
                        boolean last = images < free && !lookAgain && !overtaken;
                        nothingAbove = last;
                        queueEmpty = last && above == null;
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
        Announcement.publish(vertx, new TaskNotice.Claimed(claim.taskId(), claim.attempt(), hub.node()));
        try {
            RunningTask task = new RunningTask(claim, requests.parse(claim.requestJson()), tracing);
            task.cleared = saver.clear(task);
            task.recalled = checkpoints.recall(task);
            tasks.add(task);
            if (!claim.crashed()) {
                shelf.prefetch(claim.model());
            }
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
            Announcement.publish(vertx, new TaskNotice.Ended(claim.taskId(), TaskState.FAILED));
        });
    }
}
