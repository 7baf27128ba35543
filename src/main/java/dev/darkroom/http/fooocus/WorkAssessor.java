package dev.darkroom.http.fooocus;

import dev.darkroom.task.Workload;
import org.jspecify.annotations.Nullable;

/** Knows what requests make a device compute. Safe from any thread; never blocks. */
@FunctionalInterface
public interface WorkAssessor {

    /**
     * Returns it, or null while that can't be told.
     *
     * @param model the folder that is to run it
     * @param requestJson as it is stored
     */
    @Nullable
    Workload assess(String model, String requestJson);
}
