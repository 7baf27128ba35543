package dev.darkroom.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.RunOptions;
import org.jspecify.annotations.Nullable;

/** The call that a model has in flight, if any, so that another thread can end it. Tests make one that fails. */
class RunningCall {

    /** A call that can be ended by its options. */
    interface Call<T> {
        T run(RunOptions options) throws OrtException;
    }

    private @Nullable RunOptions current;
    private boolean cancelled;

    /** Makes a call that {@link #cancel} can end. */
    <T> T run(Call<T> call) throws OrtException {
        RunOptions options = new RunOptions();
        synchronized (this) {
            current = options;
            cancelled = false;
        }
        try {
            return call.run(options);
        } finally {
            synchronized (this) {
                current = null;
                options.close();
            }
        }
    }

    /** Ends the call in flight, which then fails; without one nothing happens. */
    synchronized void cancel() {
        if (current != null) {
            cancelled = true;
            try {
                current.setTerminate(true);
            } catch (OrtException e) {
                throw new IllegalStateException("A flag can't be set", e);
            }
        }
    }

    /** Tells whether the last call was to be ended. */
    synchronized boolean wasCancelled() {
        return cancelled;
    }
}
