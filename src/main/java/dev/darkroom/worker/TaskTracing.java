package dev.darkroom.worker;

import dev.darkroom.bus.StoreMessage.ClaimedTask;
import dev.darkroom.task.TaskRequest;

/**
 * Makes visible outside of the server what becomes of its tasks. Asked on the lane, where it must neither wait nor throw.
 */
public interface TaskTracing {

    /** Shows nothing. */
    TaskTracing NONE = (claim, request) -> TaskTrace.NONE;

    /** The lane has claimed a task. */
    TaskTrace claimed(ClaimedTask claim, TaskRequest request);
}
