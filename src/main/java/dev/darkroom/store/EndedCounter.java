package dev.darkroom.store;

import dev.darkroom.task.TaskState;
import java.util.EnumMap;
import java.util.Map;

/** Counts the tasks that ended through this node's store, by their state. For one event loop. */
final class EndedCounter {

    private final Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);

    /** Counts one more. */
    void add(TaskState state) {
        counts.merge(state, 1L, Long::sum);
    }

    /** Returns how many ended in {@code state}. */
    long of(TaskState state) {
        return counts.getOrDefault(state, 0L);
    }
}
