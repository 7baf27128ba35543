package dev.darkroom.worker;

import dev.darkroom.model.ModelException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Says in one sentence to a task's owner why it failed. */
final class LaneFailure {

    private LaneFailure() {}

    static String sentence(@Nullable Throwable failure) {
        String message = failure == null ? null : failure.getMessage();
        if (failure instanceof OutOfMemoryError) {
            return "The server ran out of memory.";
        }
        if ((failure instanceof ModelException
                        || failure instanceof IOException
                        || failure instanceof IllegalArgumentException)
                && message != null) {
            return message;
        }
        return "The server failed in an unexpected way; its log says more.";
    }
}
