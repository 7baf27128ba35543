package dev.darkroom.task;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What a task tells on its way. Events of one task are ordered by attempt, then sequence; a receiver drops what is not
 * newer than what it has. {@link Ended} is the last, and is told only after the database holds it.
 */
public sealed interface TaskEvent {

    /** Oldest first, among events of one task. */
    Comparator<TaskEvent> ORDER = Comparator.comparingInt(TaskEvent::attempt).thenComparingLong(TaskEvent::sequence);

    /** Returns the task that this is about. */
    TaskId taskId();

    /** Returns the number of the lease under which this was told; 0 before the first claim. */
    int attempt();

    /** Returns the position within the attempt, from 0. */
    long sequence();

    /** Tells whether this was told after {@code other}, an event of the same task. */
    default boolean isNewerThan(TaskEvent other) {
        return ORDER.compare(this, other) > 0;
    }

    /**
     * The task waits.
     *
     * @param position how many tasks stand before it, or -1 if that is not known
     */
    record Queued(TaskId taskId, int attempt, long sequence, int position) implements TaskEvent {}

    /** A worker has claimed the task. */
    record Started(TaskId taskId, int attempt, long sequence) implements TaskEvent {}

    /**
     * How far the task is: a whole snapshot, so that a reader that missed older ones lost nothing.
     *
     * @param progress per cent of the whole task, 0 to 100
     * @param message what is being done, in the words that FooocusAPI's clients know
     * @param step steps done of the current image, 0 outside sampling
     * @param steps steps that the current image takes in all, 0 outside sampling
     * @param image index of the current image, from 0
     * @param images how many images the task makes
     * @param preview the current estimate of the image, or null where there is none or nobody watches
     */
    record Progressed(
            TaskId taskId,
            int attempt,
            long sequence,
            int progress,
            String message,
            int step,
            int steps,
            int image,
            int images,
            @Nullable Preview preview)
            implements TaskEvent {}

    /** An image stands in the output folder. */
    record ImageSaved(TaskId taskId, int attempt, long sequence, SavedImage image) implements TaskEvent {}

    /**
     * The task has ended, and its record says the same.
     *
     * @param state a terminal state
     * @param error what went wrong, in one sentence, if it failed or timed out
     */
    record Ended(
            TaskId taskId,
            int attempt,
            long sequence,
            TaskState state,
            TaskResult result,
            @Nullable String error) implements TaskEvent {}
}
