package dev.darkroom.bus;

import dev.darkroom.task.PaceBook;
import dev.darkroom.task.SavedImage;
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

    /** Keeps a task; answered with {@link Accepted} once it is durable, or with {@link Refused} if the queue is full. */
    record Submit(NewTask task) implements StoreMessage {}

    /**
     * Reply to {@link Submit} when the queue is full.
     *
     * @param sentence for the client
     * @param retryAfterSeconds after which a place is kept for the same client
     */
    record Refused(String sentence, int retryAfterSeconds) {}

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
     * Deletes one task that has ended; answered with {@link Removed}.
     *
     * @param owner whose task it must be, or null
     */
    record Remove(TaskId taskId, @Nullable String owner) implements StoreMessage {}

    /** Reply to {@link Remove}: what is gone, whose files nobody else names; null if there is no such ended task. */
    record Removed(@Nullable TaskResult result) {}

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

    /**
     * Claims tasks for a worker; answered with {@link Claimed}.
     *
     * @param images no further task is claimed once those claimed have so many
     * @param above only tasks of a higher priority than this, or null for any
     * @param empty whether the lane runs nothing: only then it gets a task that a server went silent over, and nothing
     *     beside it; a lane that runs something gets what stands before that task in the queue, and nothing behind it
     */
    record Claim(
            UUID node,
            List<String> models,
            int images,
            Duration lease,
            @Nullable Integer above,
            boolean empty) implements StoreMessage {
        public Claim {
            models = List.copyOf(models);
        }

        /** Claims tasks of any priority for a lane that runs nothing. */
        public Claim(UUID node, List<String> models, int images, Duration lease) {
            this(node, models, images, lease, null, true);
        }
    }

    /**
     * Reply to {@link Claim}.
     *
     * @param tasks in the order in which they should run
     * @param cut whether a task that is to run alone was met, claimed or not: others may wait behind it
     */
    record Claimed(List<ClaimedTask> tasks, boolean cut) {
        public Claimed {
            tasks = List.copyOf(tasks);
        }
    }

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

    /**
     * Notes what a running task has saved so far, for those who look; answered with {@code Boolean}: false if the lease
     * was lost or more is known already.
     */
    record Saved(TaskId taskId, int attempt, List<SavedImage> images) implements StoreMessage {
        public Saved {
            images = List.copyOf(images);
        }
    }

    /** Keeps how far images have come; answered with {@code Boolean}: false if the lease was lost. */
    record Checkpoint(TaskId taskId, int attempt, List<ImageCheckpoint> images) implements StoreMessage {
        public Checkpoint {
            images = List.copyOf(images);
        }
    }

    /**
     * How far an image has come.
     *
     * @param image from 0
     * @param step how many steps are done
     * @param state the sampler's, with all that it needs to go on; treated as immutable
     * @param input what the image's prompts were encoded to, treated as immutable; null leaves what was kept before
     */
    @SuppressWarnings("ArrayRecordComponent")
    record ImageCheckpoint(int image, int step, byte[] state, byte @Nullable [] input) {}

    /** Asks what earlier attempts kept of a task's images; answered with {@link Checkpoints}. */
    record Resume(TaskId taskId, int attempt) implements StoreMessage {}

    /** Reply to {@link Resume}: nothing if the lease was lost. */
    record Checkpoints(List<ImageCheckpoint> images) {
        public Checkpoints {
            images = List.copyOf(images);
        }
    }

    /** Asks how fast models were; answered with {@link Paces}. */
    record ListPaces() implements StoreMessage {}

    /** Keeps how fast a model was; answered with {@code Boolean#TRUE}. */
    record Measured(PaceBook.Pace pace) implements StoreMessage {}

    /** Reply to {@link ListPaces}. */
    record Paces(List<PaceBook.Pace> paces) {
        public Paces {
            paces = List.copyOf(paces);
        }
    }

    /**
     * Takes webhooks that are due, for a while; answered with {@link DueWebhooks}.
     *
     * @param limit at most
     * @param perHost at most for one receiver
     * @param busyHosts receivers that get no more now
     * @param lease after which another node may try
     */
    record ClaimWebhooks(int limit, int perHost, List<String> busyHosts, Duration lease) implements StoreMessage {
        public ClaimWebhooks {
            busyHosts = List.copyOf(busyHosts);
        }
    }

    /**
     * Reply to {@link ClaimWebhooks}.
     *
     * @param nextMillis until the next one is due, or -1 if none waits
     */
    record DueWebhooks(List<DueWebhook> due, long nextMillis) {
        public DueWebhooks {
            due = List.copyOf(due);
        }
    }

    /**
     * A webhook to send now.
     *
     * @param row the ended task
     * @param host of the URL, with its port
     * @param baseUrl what stands before {@code /outputs/}
     * @param attempt from 1
     */
    record DueWebhook(TaskRow row, String url, String host, String baseUrl, int attempt) {}

    /**
     * Notes how an attempt went; answered with {@code Boolean}: false if another node has tried since.
     *
     * @param id of the task
     * @param delivered the receiver took it
     * @param retryIn when to try again, or null for never
     * @param status that the receiver answered, or null
     * @param error why it was not taken, in one sentence, or null
     */
    record SettleWebhook(
            long id,
            int attempt,
            boolean delivered,
            @Nullable Duration retryIn,
            @Nullable Integer status,
            @Nullable String error)
            implements StoreMessage {}
}
