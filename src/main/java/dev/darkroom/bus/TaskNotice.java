package dev.darkroom.bus;

import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.util.List;
import java.util.UUID;

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
     * What a device still has to do, told whenever that changes by more than the passing of time.
     *
     * @param device drawn anew at each start
     * @param millisLeft until all of it is done, or {@link #GONE}
     * @param tasks each with its own end, in the order in which they were claimed; those of unknown length are left out
     */
    record Load(UUID device, long millisLeft, List<TaskLeft> tasks) implements TaskNotice {

        /** The device takes no more. */
        public static final long GONE = -1;

        public Load {
            tasks = List.copyOf(tasks);
        }
    }

    /** @param millisLeft until the task ends */
    record TaskLeft(TaskId taskId, long millisLeft) {}
}
