package dev.darkroom.forecast;

import dev.darkroom.task.Workload;
import org.jspecify.annotations.Nullable;

/**
 * A task that no device has begun.
 *
 * @param work what it will make a device compute, or null if that is not known
 */
public record WaitingTask(
        int priority, String model, @Nullable Workload work) {}
