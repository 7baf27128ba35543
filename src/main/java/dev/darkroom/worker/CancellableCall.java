package dev.darkroom.worker;

import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.task.TaskId;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The encoding or decoding that a lane has in flight, so that a stopped task's need not be waited for. Steps are no such
 * calls: other tasks may share them. The lane makes the calls; {@link #cancel} comes from any thread.
 */
final class CancellableCall {

    /** What a model is asked for one task. */
    interface Call<T> {
        T on(LoadedModel model) throws ModelException;
    }

    private @Nullable TaskId task;
    private @Nullable LoadedModel model;
    private boolean cancelled;

    /**
     * Makes a call.
     *
     * @throws CancellationException if it failed because it was cancelled
     */
    <T> T run(TaskId task, LoadedModel model, Call<T> call) throws ModelException {
        begin(task, model);
        try {
            return call.on(model);
        } catch (ModelException failure) {
            if (isCancelled()) {
                throw new CancellationException("the call for task " + task + " was cancelled");
            }
            throw failure;
        } finally {
            end();
        }
    }

    /** Ends the task's call, if one is in flight. Within the lock, so that it can't hit the call behind it. */
    synchronized void cancel(TaskId stopped) {
        if (model != null && stopped.equals(task)) {
            cancelled = true;
            model.cancel();
        }
    }

    private synchronized void begin(TaskId task, LoadedModel model) {
        this.task = task;
        this.model = model;
        cancelled = false;
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }

    private synchronized void end() {
        task = null;
        model = null;
    }
}
