package dev.darkroom.bus;

import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A task under lease.
 *
 * @param attempt the fencing token: what is said under an older one is refused
 * @param timeout how long it may run, or null
 * @param work what it makes a device compute, or null if that was not known when it came
 * @param traceParent the span that it came of, as W3C Trace Context writes it, or null
 * @param crashes how many servers went silent over it; if any did, it is the only one of its claim and is to run alone,
 *     so that it can't take others down with it
 */
public record ClaimedTask(
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
