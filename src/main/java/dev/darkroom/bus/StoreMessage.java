package dev.darkroom.bus;

import dev.darkroom.task.PaceBook;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import dev.darkroom.task.Workload;
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
     * @param terms what it keeps to beside its request
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
            @Nullable String idempotencyKey,
            Terms terms) {

        /** Makes a task that only the server's own bounds bind. */
        public NewTask(
                TaskId taskId,
                String kind,
                String owner,
                int priority,
                String model,
                String prompt,
                String requestJson,
                int images,
                @Nullable String idempotencyKey) {
            this(taskId, kind, owner, priority, model, prompt, requestJson, images, idempotencyKey, Terms.NONE);
        }

        /** Returns this task as one that the trace {@code traceParent} goes on with; null leaves it as it is. */
        public NewTask traced(@Nullable String traceParent) {
            return traceParent == null
                    ? this
                    : new NewTask(
                            taskId,
                            kind,
                            owner,
                            priority,
                            model,
                            prompt,
                            requestJson,
                            images,
                            idempotencyKey,
                            terms.traced(traceParent));
        }
    }

    /**
     * What a task keeps to beside its request.
     *
     * @param timeout how long it may run, or null; the server's own bound holds in any case
     * @param queueTimeout how long it may wait for a device, or null; the server's own bound holds in any case
     * @param webhookUrl whom to tell of its end, or null
     * @param baseUrl what stands before {@code /outputs/} in what the webhook is sent
     * @param digest of the request as it was sent, or null: a second submission with the same idempotency key must have
     *     the same, else it is refused with {@link BusFailure#KEY_REUSED}
     * @param work what it makes a device compute, or null if that is not known yet
     * @param traceParent the span that it came of, as W3C Trace Context writes it, or null
     */
    record Terms(
            @Nullable Duration timeout,
            @Nullable Duration queueTimeout,
            @Nullable String webhookUrl,
            String baseUrl,
            @Nullable String digest,
            @Nullable Workload work,
            @Nullable String traceParent) {

        /** Nothing of its own. */
        public static final Terms NONE = new Terms(null, null, null, "", null, null);

        /** Makes terms outside of any trace. */
        public Terms(
                @Nullable Duration timeout,
                @Nullable Duration queueTimeout,
                @Nullable String webhookUrl,
                String baseUrl,
                @Nullable String digest,
                @Nullable Workload work) {
            this(timeout, queueTimeout, webhookUrl, baseUrl, digest, work, null);
        }

        private Terms traced(String parent) {
            return new Terms(timeout, queueTimeout, webhookUrl, baseUrl, digest, work, parent);
        }
    }

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
     * A task as the database has it.
     *
     * @param requestJson unparsed
     * @param resultJson unparsed JSON of {@link TaskResult}, or null before the end
     * @param position how many tasks stand before a pending one as far as the database knows, else -1
     * @param more what came later to a task's row
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
            int position,
            More more) {

        /** Makes a row with nothing more to say. */
        public TaskRow(
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
                int position) {
            this(
                    id,
                    taskId,
                    kind,
                    owner,
                    state,
                    priority,
                    model,
                    requestJson,
                    resultJson,
                    error,
                    attempt,
                    node,
                    stopRequested,
                    submitted,
                    started,
                    finished,
                    position,
                    More.NONE);
        }

        /** Returns the row with its place in the queue and the rest of what is known of it. */
        public TaskRow with(int place, More known) {
            return new TaskRow(
                    id,
                    taskId,
                    kind,
                    owner,
                    state,
                    priority,
                    model,
                    requestJson,
                    resultJson,
                    error,
                    attempt,
                    node,
                    stopRequested,
                    submitted,
                    started,
                    finished,
                    place,
                    known);
        }
    }

    /**
     * What a row says beside the task itself.
     *
     * @param webhookUrl whom it tells of its end, or null
     * @param webhookJson how far that has come, as JSON, or null before the end
     * @param savedJson what a running task has saved so far: JSON of a list of {@link SavedImage}, or null
     * @param millisLeft until it ends, as far as can be told, or null
     */
    record More(
            @Nullable String webhookUrl,
            @Nullable String webhookJson,
            @Nullable String savedJson,
            @Nullable Long millisLeft) {

        /** Nothing more. */
        public static final More NONE = new More(null, null, null, null);

        /** Returns the same with an estimate. */
        public More left(@Nullable Long millis) {
            return new More(webhookUrl, webhookJson, savedJson, millis);
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
     */
    record Claim(
            UUID node,
            List<String> models,
            int images,
            Duration lease,
            @Nullable Integer above) implements StoreMessage {
        public Claim {
            models = List.copyOf(models);
        }

        /** Claims tasks of any priority. */
        public Claim(UUID node, List<String> models, int images, Duration lease) {
            this(node, models, images, lease, null);
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
     * @param timeout how long it may run, or null
     * @param work what it makes a device compute, or null if that was not known when it came
     * @param traceParent the span that it came of, as W3C Trace Context writes it, or null
     * @param crashes how many servers went silent over it; if any did, it is the last of its claim and is to run alone, so
     *     that it can't take others down with it
     */
    record ClaimedTask(
            long id,
            TaskId taskId,
            String owner,
            int attempt,
            int priority,
            String model,
            String requestJson,
            @Nullable Duration timeout,
            @Nullable Workload work,
            @Nullable String traceParent,
            int crashes) {

        /** Makes a task without a bound, which nobody has run before. */
        public ClaimedTask(
                long id, TaskId taskId, String owner, int attempt, int priority, String model, String requestJson) {
            this(id, taskId, owner, attempt, priority, model, requestJson, null, null, null, 0);
        }

        /** Tells whether a server went silent over it. */
        public boolean crashed() {
            return crashes > 0;
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
