package dev.darkroom.bus;

import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A task as the database has it.
 *
 * @param requestJson unparsed
 * @param resultJson unparsed JSON of {@link TaskResult}, or null before the end
 * @param position how many tasks stand before a pending one as far as the database knows, else -1
 * @param more what came later to a task's row
 */
public record TaskRow(
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

    /**
     * What a row says beside the task itself.
     *
     * @param webhookUrl whom it tells of its end, or null
     * @param webhookJson how far that has come, as JSON, or null before the end
     * @param savedJson what a running task has saved so far: JSON of a list of {@link SavedImage}, or null
     * @param millisLeft until it ends, as far as can be told, or null
     */
    public record More(
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
}
