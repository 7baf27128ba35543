package dev.darkroom.bus;

import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the task store. Messages stay on the node, since every node has its own store verticle over the
 * shared database; they are immutable and travel uncopied. A failed reply carries one of {@link BusFailure}'s codes.
 */
public sealed interface StoreMessage {

    /** Keeps a task; answered with {@link Accepted} once it is durable. */
    record Submit(NewTask task) implements StoreMessage {}

    /**
     * A task about to be kept.
     *
     * @param taskId drawn by the sender
     * @param kind such as {@code text-to-image}
     * @param owner name of the API key, or empty where there is none
     * @param priority higher goes first; 0 is usual
     * @param model the folder that is to run it; aliases are already resolved
     * @param prompt for searching
     * @param requestJson the whole request as the record shows it: one JSON object
     * @param images how many images it makes
     * @param idempotencyKey the owner's key, or null; a second submission with the same key keeps nothing and is
     *     answered with the first one's id
     */
    record NewTask(
            TaskId taskId,
            String kind,
            String owner,
            int priority,
            String model,
            String prompt,
            String requestJson,
            int images,
            @Nullable String idempotencyKey) {}

    /**
     * Reply to {@link Submit}.
     *
     * @param id position in history
     * @param taskId the kept task's id: the sender's, or the earlier one's under the same idempotency key
     */
    record Accepted(long id, TaskId taskId) {}

    /** Asks for one task of {@code owner} (null: of anybody); answered with {@link Found}. */
    record Find(TaskId taskId, @Nullable String owner) implements StoreMessage {}

    /** Reply to {@link Find}. */
    record Found(@Nullable TaskRow row) {}

    /** Asks for tasks; answered with {@link Rows}. */
    record Search(Filter filter, Page page) implements StoreMessage {}

    /**
     * Which tasks; a null field does not restrict.
     *
     * @param promptText what the prompt contains, whatever its case
     * @param from submitted at or after
     * @param until submitted at or before
     */
    record Filter(
            @Nullable String owner,
            List<TaskState> states,
            @Nullable String model,
            @Nullable String promptText,
            @Nullable Instant from,
            @Nullable Instant until) {
        public Filter {
            states = List.copyOf(states);
        }
    }

    /**
     * Which part of them.
     *
     * @param after only ids beyond this one in the order asked for, or null to begin at the start
     * @param offset rows to leave out before the first
     * @param limit rows at most
     * @param newestFirst descending ids
     */
    record Page(@Nullable Long after, long offset, int limit, boolean newestFirst) {}

    /** Reply to {@link Search}, in the order asked for. */
    record Rows(List<TaskRow> rows) {
        public Rows {
            rows = List.copyOf(rows);
        }
    }

    /**
     * A task as the database has it.
     *
     * @param requestJson unparsed
     * @param resultJson unparsed JSON of {@link TaskResult}, or null before the end
     * @param position how many tasks stand before a pending one as far as the database knows, else -1
     */
    record TaskRow(
            long id,
            TaskId taskId,
            String kind,
            String owner,
            TaskState state,
            int priority,
            String model,
            String requestJson,
            @Nullable String resultJson,
            @Nullable String error,
            int attempt,
            @Nullable UUID node,
            boolean stopRequested,
            Instant submitted,
            @Nullable Instant started,
            @Nullable Instant finished,
            int position) {}

    /** Deletes ended tasks that match; answered with {@link Deleted}. */
    record Delete(Filter filter) implements StoreMessage {}

    /** Reply to {@link Delete}: the results of what is gone, whose files nobody else names. */
    record Deleted(List<TaskResult> results) {
        public Deleted {
            results = List.copyOf(results);
        }
    }

    /** Asks for numbers of tasks by state; answered with {@link Counts}. Fails when the database does not answer. */
    record Count() implements StoreMessage {}

    /** Reply to {@link Count}. Ended tasks are counted since the node's start. */
    record Counts(long pending, long running, long finished, long stopped, long failed, long timedOut) {}

    /**
     * Ends a task: a pending one at once, a running one as soon as its worker sees it. Answered with {@link Stopping}.
     *
     * @param owner whose task it must be, or null
     */
    record RequestStop(TaskId taskId, @Nullable String owner) implements StoreMessage {}

    /** Reply to {@link RequestStop}. */
    record Stopping(StopOutcome outcome, @Nullable UUID node) {}

    /** What a request to stop met. */
    enum StopOutcome {
        /** No such task of this owner. */
        UNKNOWN,
        /** It waited, and is stopped now. */
        STOPPED,
        /** It runs on the node named beside this; the flag is set. */
        REQUESTED,
        /** It had ended already. */
        ENDED
    }

    /** Asks for the owner's oldest running task; answered with {@link Found}. */
    record OldestRunning(String owner) implements StoreMessage {}

    /** Claims tasks for a worker; answered with {@link Claimed}. */
    record Claim(UUID node, List<String> models, int limit, Duration lease) implements StoreMessage {
        public Claim {
            models = List.copyOf(models);
        }
    }

    /** Reply to {@link Claim}, in the order in which they should run. */
    record Claimed(List<ClaimedTask> tasks) {
        public Claimed {
            tasks = List.copyOf(tasks);
        }
    }

    /**
     * A task under lease.
     *
     * @param attempt the fencing token: what is said under an older one is refused
     */
    record ClaimedTask(
            long id, TaskId taskId, String owner, int attempt, int priority, String model, String requestJson) {}

    /** Names a lease. */
    record Lease(TaskId taskId, int attempt) {}

    /** Prolongs leases; answered with {@link Renewed}. */
    record Renew(UUID node, List<Lease> leases, Duration lease) implements StoreMessage {
        public Renew {
            leases = List.copyOf(leases);
        }
    }

    /** Reply to {@link Renew}. A lease that is missing is lost: its task belongs to somebody else or has ended. */
    record Renewed(List<HeldLease> held) {
        public Renewed {
            held = List.copyOf(held);
        }
    }

    /** A lease that still holds, and whether its task is asked to stop. */
    record HeldLease(TaskId taskId, int attempt, boolean stopRequested) {}

    /** Ends a task by compare-and-set on the attempt; answered with {@code Boolean}: false if the lease was lost. */
    record Complete(
            TaskId taskId,
            int attempt,
            TaskState state,
            TaskResult result,
            @Nullable String error) implements StoreMessage {}

    /** Hands running tasks back as pending, in their old place; answered with {@code Boolean#TRUE}. */
    record Release(List<Lease> leases) implements StoreMessage {
        public Release {
            leases = List.copyOf(leases);
        }
    }
}
