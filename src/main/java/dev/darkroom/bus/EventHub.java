package dev.darkroom.bus;

import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The node's place where task events meet their readers. Safe from any thread.
 *
 * <p>A reader gets the latest event first, then live ones in order, none twice; {@link TaskEvent.Ended} is its last.
 * PostgreSQL stays the truth: who hears nothing for a while reads the row again.
 */
public interface EventHub {

    /**
     * Attaches a reader. Must be called on a Vert.x context; the reader is called on that context only.
     *
     * @return ends the subscription; to be called on the same context
     */
    Runnable subscribe(TaskId task, Consumer<TaskEvent> reader);

    /** Tells an event of a task that runs or was submitted on this node to all of its readers, on whichever node. */
    void tell(TaskEvent event);

    /** Tells whether anybody reads this task's events, or has asked for its state within the last seconds. */
    boolean isWatched(TaskId task);

    /** Returns the latest event told of a task that has not ended, or null; counts as watching for some seconds. */
    @Nullable
    TaskEvent latest(TaskId task);
}
