package dev.darkroom.http.fooocus;

import dev.darkroom.bus.EventHub;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.Pulse;
import dev.darkroom.http.TaskDesk;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * Follows one task to its end for one exchange. What the hub tells is passed on; after a silence the row is read, so
 * that an end that got lost is found. Used on one event loop only.
 */
public final class TaskFollower implements Pulse.Beat {

    private static final long SILENCE_MS = 5_000;
    private static final long LONGEST_SILENCE_MS = 30_000;

    private final TaskId task;
    private final TaskDesk tasks;
    private final Pulse pulse;
    private final RecordWriter records;
    private final Runnable unsubscribe;
    private @Nullable Reader reader;
    private @Nullable TaskEvent early;
    private long heardAt = Pulse.now();
    private long silence = SILENCE_MS;
    private boolean reading;
    private boolean done;

    /** Who wants to know. */
    public interface Reader {
        /** Something happened, but not the end. */
        void told(TaskEvent event);

        /** The last call. */
        void ended(TaskEvent.Ended end);

        /** The last call: the server goes down, and the task goes on without it. */
        void shutdown();

        /** Time passes. */
        void beat(long now);

        /** After a silence the row was read, and the task still waits. */
        default void waiting(TaskRow row) {
            // most don't care
        }
    }

    /** Begins to listen, before the task is submitted, so that nothing is missed. */
    TaskFollower(TaskId task, EventHub hub, TaskDesk tasks, Pulse pulse, RecordWriter records) {
        this.task = task;
        this.tasks = tasks;
        this.pulse = pulse;
        this.records = records;
        unsubscribe = hub.subscribe(task, this::hear);
    }

    /** Returns which task. */
    public TaskId task() {
        return task;
    }

    /** Begins to tell. */
    public void begin(Reader reader) {
        if (done) {
            return;
        }
        this.reader = reader;
        pulse.add(this);
        TaskEvent waiting = early;
        early = null;
        if (waiting != null && !done) {
            pass(waiting);
        }
    }

    /** Reads the row now: the task may have ended long ago. */
    void lookNow() {
        readRow(Pulse.now());
    }

    /**
     * Ends this; nothing is told any more.
     *
     * @return false if it had ended already
     */
    boolean close() {
        if (done) {
            return false;
        }
        done = true;
        unsubscribe.run();
        pulse.remove(this);
        return true;
    }

    @Override
    public void beat(long now) {
        if (now - heardAt >= silence && !reading) {
            readRow(now);
        }
        if (!done && reader != null) {
            reader.beat(now);
        }
    }

    @Override
    public void shutdown() {
        Reader last = reader;
        if (!done && last != null) {
            close();
            last.shutdown();
        }
    }

    private void hear(TaskEvent event) {
        heardAt = Pulse.now();
        silence = SILENCE_MS;
        pass(event);
    }

    private void pass(TaskEvent event) {
        Reader to = reader;
        if (done) {
            return;
        }
        if (to == null) {
            early = event;
        } else if (event instanceof TaskEvent.Ended end) {
            close();
            to.ended(end);
        } else {
            to.told(event);
        }
    }

    private void readRow(long now) {
        heardAt = now;
        reading = true;
        tasks.find(task, null).onComplete(found -> {
            reading = false;
            if (found.failed() || done) {
                return;
            }
            TaskRow row = found.result();
            if (row == null) {
                pass(end(TaskState.FAILED, TaskResult.EMPTY, "The task's record was deleted."));
            } else if (row.state().terminal()) {
                pass(end(row.state(), records.result(row), row.error()));
            } else if (row.state() == TaskState.PENDING) {
                // a waiting task has nothing to tell: thousands of them must not keep the database busy
                silence = Math.min(LONGEST_SILENCE_MS, 2 * silence);
                if (reader != null) {
                    reader.waiting(row);
                }
            }
        });
    }

    private TaskEvent.Ended end(TaskState state, TaskResult result, @Nullable String error) {
        return new TaskEvent.Ended(task, Integer.MAX_VALUE, Long.MAX_VALUE, state, result, error);
    }
}
