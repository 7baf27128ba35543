package dev.darkroom.worker;

import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.task.TaskId;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The call that a lane has in flight, so that it need not be waited for: an encoding or decoding when its task is
 * stopped, and any call once the lane is to end. Steps are not cancelled with a task, since others may share them. The
 * lane makes the calls; {@link #cancel} and {@link #close} come from any thread.
 */
final class CancellableCall {

    /** What a model is asked. */
    interface Call<T> {
        T on(LoadedModel model) throws ModelException;
    }

    private @Nullable TaskId task;
    private @Nullable LoadedModel model;
    private boolean cancelled;
    private boolean closed;

    /**
     * Makes a call for one task.
     *
     * @throws CancellationException if it failed because it was cancelled, or if the lane is to end
     */
    <T> T run(TaskId task, LoadedModel model, Call<T> call) throws ModelException {
        return make(task, model, call);
    }

    /** Makes a call that several tasks may share. */
    <T> T runShared(LoadedModel model, Call<T> call) throws ModelException {
        return make(null, model, call);
    }

    private <T> T make(@Nullable TaskId task, LoadedModel model, Call<T> call) throws ModelException {
        begin(task, model);
        try {
            return call.on(model);
        } catch (ModelException failure) {
            if (isCancelled()) {
                throw new CancellationException("the call was cancelled");
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

    /** Ends the call in flight, and lets none begin any more. */
    synchronized void close() {
        closed = true;
        if (model != null) {
            model.cancel();
        }
    }

    synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void begin(@Nullable TaskId task, LoadedModel model) {
        if (closed) {
            throw new CancellationException("the lane is to end");
        }
        this.task = task;
        this.model = model;
        cancelled = false;
    }

    private synchronized boolean isCancelled() {
        return cancelled || closed;
    }

    private synchronized void end() {
        task = null;
        model = null;
    }
}
