package dev.darkroom.store;

import dev.darkroom.bus.NewTask;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import java.util.List;

/**
 * Tasks, durably. Only the store's clock counts, and a terminal state never changes. To be used on one event loop, on
 * which every future completes; a failed one carries a {@link StoreFailure} where the client can be told why.
 */
public interface TaskStore {

    /** A task that ended without its worker. */
    record EndedTask(TaskId taskId, TaskState state) {}

    /**
     * What a look at lapsed leases did.
     *
     * @param released how many tasks wait again
     * @param ended those that ended instead
     */
    record Recovery(int released, List<EndedTask> ended) {}

    /**
     * What there is to do that nobody asks for.
     *
     * @param lapsed leases
     * @param late tasks that have waited too long
     * @param tally numbers to add up
     * @param active tasks wait or run
     */
    record Due(boolean lapsed, boolean late, boolean tally, boolean active) {}

    /** Keeps a task; completes once it is durable. */
    Future<StoreMessage.Accepted> submit(NewTask task);

    /** Finds one task. */
    Future<StoreMessage.Found> find(StoreMessage.Find message);

    /** Finds tasks, in the order of their ids. */
    Future<StoreMessage.Rows> search(StoreMessage.Search message);

    /** Deletes ended tasks, some hundred at a time. */
    Future<StoreMessage.Deleted> delete(StoreMessage.Delete message);

    /** Counts tasks. */
    Future<StoreMessage.Counts> count();

    /** Ends a pending task, or asks a running one to. */
    Future<StoreMessage.Stopping> requestStop(StoreMessage.RequestStop message);

    /** Finds an owner's oldest running task. */
    Future<StoreMessage.Found> oldestRunning(StoreMessage.OldestRunning message);

    /** Claims tasks: no two workers ever get the same. */
    Future<StoreMessage.Claimed> claim(StoreMessage.Claim message);

    /** Prolongs leases. */
    Future<StoreMessage.Renewed> renew(StoreMessage.Renew message);

    /** Ends a task if its lease still holds. */
    Future<Boolean> complete(StoreMessage.Complete message);

    /** Hands tasks back whose leases still hold; those that were asked to stop end instead. */
    Future<Recovery> release(StoreMessage.Release message);

    /**
     * Hands back tasks whose lease has lapsed, and ends those that crashed too often.
     *
     * @param all every running task, whatever its lease: for who knows that no worker lives
     */
    Future<Recovery> recover(boolean all);

    /** Tells what is to be done by {@link #recover}, {@link #expire} and {@link #tally}; cheap. */
    Future<Due> due();

    /** Ends tasks that have waited longer than they or the server allow. */
    Future<List<EndedTask>> expire();

    /** Notes what a running task has saved so far, if its lease holds. */
    Future<Boolean> saved(StoreMessage.Saved message);

    /** Keeps how far a running task's images have come, if its lease holds. */
    Future<Boolean> checkpoint(StoreMessage.Checkpoint message);

    /** Finds how far a task's images had come under earlier leases. */
    Future<StoreMessage.Checkpoints> checkpoints(StoreMessage.Resume message);

    /** Deletes one ended task. */
    Future<StoreMessage.Removed> remove(StoreMessage.Remove message);

    /** Takes webhooks that are due. */
    Future<StoreMessage.DueWebhooks> claimWebhooks(StoreMessage.ClaimWebhooks message);

    /** Notes how sending one went. */
    Future<Boolean> settleWebhook(StoreMessage.SettleWebhook message);

    /** Returns how fast models were. */
    Future<StoreMessage.Paces> paces();

    /** Keeps how fast a model was. */
    Future<Boolean> measured(PaceBook.Pace pace);

    /** Takes a device's word on what it still has to do. */
    void heard(TaskNotice.Load load);

    /** Does what keeps deep pages of the history cheap. */
    Future<Void> tally();
}
