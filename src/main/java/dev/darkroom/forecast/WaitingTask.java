package dev.darkroom.forecast;

import dev.darkroom.task.Workload;
import org.jspecify.annotations.Nullable;

/**
 * A task that no device has begun.
 *
 * @param work what it will make a device compute, or null if that is not known
 * @param alone nothing else is under way beside it, since a server went silent over it
 */
public record WaitingTask(
        int priority, String model, @Nullable Workload work, boolean alone) {

    /** Makes one that others may join. */
    public WaitingTask(int priority, String model, @Nullable Workload work) {
        this(priority, model, work, false);
    }
}
