package dev.darkroom.bus;

import dev.darkroom.forecast.DeviceWork;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What every node hears. A hint: who misses it finds the truth in PostgreSQL. */
public sealed interface TaskNotice {

    /** Tasks wait; free samplers may look. Told at most once every few milliseconds, whatever their number. */
    record Added() implements TaskNotice {}

    /** A worker of {@code node} has claimed the task; who has readers for it answers with {@link NodeMessage.Watch}. */
    record Claimed(TaskId taskId, int attempt, UUID node) implements TaskNotice {}

    /** A client asked for the task on some node: it belongs to nobody's connection any more. */
    record Followed(TaskId taskId) implements TaskNotice {}

    /** The task's row is terminal. */
    record Ended(TaskId taskId, TaskState state) implements TaskNotice {}

    /**
     * What a device has begun and how fast it is, told whenever that changes by more than the passing of time.
     *
     * @param device drawn anew at each start
     * @param work null if it takes no more
     */
    record Load(UUID device, @Nullable DeviceWork work) implements TaskNotice {}
}
