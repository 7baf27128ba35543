package dev.darkroom.worker;

import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.StoreMessage.Lease;
import dev.darkroom.task.TaskId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tasks that a lane has under lease. Belongs to the lane, except for {@link #attempts()}. */
final class HeldTasks {

    private static final Logger LOG = LoggerFactory.getLogger(HeldTasks.class);

    private final LaneRows rows;
    private final ImageSaver saver;
    private final Map<TaskId, RunningTask> tasks = new LinkedHashMap<>();
    private final Map<TaskId, Integer> attempts = new ConcurrentHashMap<>();

    HeldTasks(LaneRows rows, ImageSaver saver) {
        this.rows = rows;
        this.saver = saver;
    }

    /** Returns attempts by task, for any thread to read. */
    Map<TaskId, Integer> attempts() {
        return attempts;
    }

    /** Returns the tasks in the order in which they were claimed. */
    Collection<RunningTask> inOrder() {
        return tasks.values();
    }

    @Nullable
    RunningTask find(TaskId id) {
        return tasks.get(id);
    }

    /** Tells whether this very attempt is still the lane's. */
    boolean holds(RunningTask task) {
        return tasks.get(task.id()) == task;
    }

    /** Returns how many are not ending. */
    int active() {
        return (int) tasks.values().stream().filter(task -> task.ending == null).count();
    }

    /** Tells whether none of them is run: what is left of those that there are is to write their ends. */
    boolean noneRuns() {
        return tasks.values().stream().allMatch(task -> task.completing);
    }

    /** Tells whether one that is run is to run alone: nothing may join it here. */
    boolean anySolitary() {
        return tasks.values().stream().anyMatch(task -> task.claim.crashed() && !task.completing);
    }

    /** Returns the lowest priority among those that are not ending, or null if there are none. */
    @Nullable
    Integer lowestPriority() {
        Integer lowest = null;
        for (RunningTask task : tasks.values()) {
            int priority = task.claim.priority();
            if (task.ending == null && (lowest == null || priority < lowest)) {
                lowest = priority;
            }
        }
        return lowest;
    }

    /** The lease is to be prolonged from now on. */
    void hold(ClaimedTask claim) {
        attempts.put(claim.taskId(), claim.attempt());
    }

    void add(RunningTask task) {
        RunningTask older = tasks.put(task.id(), task);
        if (older != null) {
            abandon(older);
        }
    }

    /** Forgets an attempt, and no later one at the same task. */
    void remove(RunningTask task) {
        tasks.remove(task.id(), task);
        letGo(task.claim);
    }

    /** The lease needs no prolonging any more. */
    void letGo(ClaimedTask claim) {
        attempts.remove(claim.taskId(), claim.attempt());
    }

    /** Forgets a task whose lease is lost; returns whether there was one to forget. */
    boolean lose(Lease lease) {
        RunningTask task = tasks.get(lease.taskId());
        attempts.remove(lease.taskId(), lease.attempt());
        if (task == null || task.claim.attempt() != lease.attempt() || task.completing) {
            return false;
        }
        LOG.warn("The lease of task {} is lost", lease.taskId());
        tasks.remove(task.id());
        abandon(task);
        return true;
    }

    /** Somebody else makes the task now, so nothing of it may stay. */
    private void abandon(RunningTask task) {
        task.lost = true;
        task.endWatch.run();
        rows.leave(task);
        task.leaveModel();
        task.trace.ended("lost", null);
        saver.discard(task);
    }

    /** Forgets all tasks; gives the leases to hand back once the tasks' files are gone. */
    Future<List<Lease>> giveUp() {
        List<Lease> leases = new ArrayList<>();
        List<Future<?>> deletions = new ArrayList<>();
        for (RunningTask task : tasks.values()) {
            task.endWatch.run();
            task.leaveModel();
            if (task.completing) {
                // its end may stand in the row though nobody said so; a lapsed lease tells
                continue;
            }
            task.trace.ended("handed_back", null);
            leases.add(task.lease());
            deletions.add(saver.discard(task));
        }
        tasks.clear();
        attempts.clear();
        return Future.join(deletions).otherwiseEmpty().map(leases);
    }
}
