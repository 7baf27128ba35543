package dev.darkroom.bus;

import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.util.UUID;

/** What every node hears. A hint: who misses it finds the truth in PostgreSQL. */
public sealed interface TaskNotice {

    /** Tasks wait; free samplers may look. Told at most once every few milliseconds, whatever their number. */
    record Added() implements TaskNotice {}

    /** A worker of {@code node} has claimed the task; who has readers for it answers with {@link NodeMessage.Watch}. */
    record Claimed(TaskId taskId, int attempt, UUID node) implements TaskNotice {}

    /** The task's row is terminal. */
    record Ended(TaskId taskId, TaskState state) implements TaskNotice {}
}
