package dev.darkroom.bus;

import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import java.util.UUID;

/** What is sent to one node. */
public sealed interface NodeMessage {

    /** An event of a task that this node watches or runs. */
    record Told(TaskEvent event) implements NodeMessage {}

    /**
     * {@code reader} has readers for a task that this node runs and wants its events until 15 s after the last such
     * message. Answered by the current {@link Told}, if there is one.
     */
    record Watch(TaskId taskId, UUID reader) implements NodeMessage {}

    /** The task is to end within two steps, keeping what is saved. The row's flag is set before this is sent. */
    record Stop(TaskId taskId) implements NodeMessage {}

    /** The task's lowest unfinished image is to be left out. */
    record Skip(TaskId taskId) implements NodeMessage {}
}
