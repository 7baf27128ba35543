package dev.darkroom.bus;

import dev.darkroom.task.TaskId;
import org.jspecify.annotations.Nullable;

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
public record NewTask(
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
