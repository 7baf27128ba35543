package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.Announcement;
import dev.darkroom.bus.StoreMessage.Saved;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.image.RgbImage;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskState;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings tasks to their end: saves their pictures, and completes their rows once nothing is left to do. On the lane. */
final class TaskEnding {

    private static final Logger LOG = LoggerFactory.getLogger(TaskEnding.class);

    private final Vertx vertx;
    private final Context context;
    private final HeldTasks tasks;
    private final LaneRows rows;
    private final TaskCompletion completion;
    private final ImageSaver saver;
    private final EventTeller teller;
    private final SamplerMetrics meters;
    private final Drain drain;
    private final Runnable oneLess;

    /**
     * @param context the lane's
     * @param oneLess hears that a task runs no more: others may take its place
     */
    TaskEnding(
            Vertx vertx,
            Context context,
            HeldTasks tasks,
            LaneRows rows,
            TaskCompletion completion,
            ImageSaver saver,
            EventTeller teller,
            SamplerMetrics meters,
            Drain drain,
            Runnable oneLess) {
        this.vertx = vertx;
        this.context = context;
        this.tasks = tasks;
        this.rows = rows;
        this.completion = completion;
        this.saver = saver;
        this.teller = teller;
        this.meters = meters;
        this.drain = drain;
        this.oneLess = oneLess;
    }

    /** Hands a finished picture over to be written, while the lane goes on. */
    void save(RunningTask task, int index, RgbImage picture) {
        task.keepForGrid(index, picture);
        await(task, index, saver.save(task, index, picture));
    }

    private void await(RunningTask task, int index, Future<SavedImage> saving) {
        long begun = System.nanoTime();
        task.saving++;
        drain.enter();
        // posted, since a worker context's futures may complete on the thread of another pool
        saving.onComplete(saved -> context.runOnContext(ignored -> {
            task.trace.did(TaskTrace.Part.SAVE, index, begun, saved.cause());
            saved(task, saved.result(), saved.cause());
        }));
    }

    private void saved(RunningTask task, @Nullable SavedImage image, @Nullable Throwable failure) {
        task.saving--;
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
                tellSaved(task, image);
            }
        }
        endIfDone(task);
        drain.leave();
    }

    /** Tells of an image once the row names it, so that who asks later than that knows it too. */
    private void tellSaved(RunningTask task, SavedImage image) {
        if (task.images() == 1 || task.ending != null) {
            // the row's end names it
            teller.tell(task.saved(image));
            return;
        }
        drain.enter();
        vertx.eventBus()
                .request(Addresses.STORE, new Saved(task.id(), task.claim.attempt(), task.saved()))
                .onComplete(noted -> {
                    if (!task.lost) {
                        teller.tell(task.saved(image));
                    }
                    drain.leave();
                });
    }

    /**
     * Ends a task, unless it is ending already; what is being saved is waited for. A task whose time is over ends as
     * timed out, even if it is the call that was cancelled for it that says so.
     */
    void end(RunningTask task, TaskState state, @Nullable String error) {
        if (task.ending == null && !task.lost) {
            boolean late = task.late && (state == TaskState.STOPPED || state == TaskState.TIMED_OUT);
            task.ending = late ? TaskState.TIMED_OUT : state;
            task.error = late
                    ? "The task ran longer than its time limit of %s s.".formatted(seconds(task.claim.timeout()))
                    : error;
            rows.leave(task);
        }
        endIfDone(task);
    }

    private static String seconds(@Nullable Duration limit) {
        return limit == null
                ? "?"
                : BigDecimal.valueOf(limit.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    /** Completes the row once nothing of the task is left to do. */
    void endIfDone(RunningTask task) {
        if (!tasks.holds(task) || task.lost || task.completing || task.saving > 0) {
            return;
        }
        if (task.ending == null) {
            if (task.stage != RunningTask.Stage.SAMPLING || task.hasNext() || rows.holds(task)) {
                return;
            }
            List<RgbImage> pictures = task.takeForGrid();
            if (!pictures.isEmpty()) {
                await(task, task.images(), saver.saveGrid(task, pictures));
                return;
            }
            task.ending = TaskState.FINISHED;
        }
        task.completing = true;
        task.endWatch.run();
        task.leaveModel();
        task.recording.ended(task);
        drain.enter();
        long begun = System.nanoTime();
        completion.complete(task).onComplete(taken -> {
            task.trace.did(TaskTrace.Part.COMPLETE, 0, begun, taken.cause());
            // not a later attempt that this node has claimed meanwhile
            tasks.remove(task);
            if (taken.succeeded() && taken.result()) {
                task.trace.ended(Objects.requireNonNull(task.ending).column(), task.error);
                tell(task);
            } else {
                forget(task, taken.cause());
            }
            drain.leave();
            oneLess.run();
        });
        // the next task may be claimed while this one's end is written
        oneLess.run();
    }

    /** The row did not take the end. */
    private void forget(RunningTask task, @Nullable Throwable failure) {
        if (task.lost) {
            // this node has claimed it anew, and forgot this attempt then
            return;
        }
        task.lost = true;
        task.trace.ended("lost", null);
        if (failure == null) {
            LOG.warn("Task {} belongs to another worker; its images here are deleted", task.id());
        } else if (drain.begun()) {
            // the end may stand in the row though nobody said so; the next start asks which images it names
            return;
        } else {
            LOG.error("The end of task {} can't be written; its lease is left to lapse", task.id());
        }
        saver.discard(task);
    }

    private void tell(RunningTask task) {
        TaskState state = Objects.requireNonNull(task.ending);
        drain.enter();
        saver.keep(task).onComplete(kept -> context.runOnContext(now -> drain.leave()));
        teller.tell(task.ended(state));
        Announcement.publish(vertx, new TaskNotice.Ended(task.id(), state));
    }
}
