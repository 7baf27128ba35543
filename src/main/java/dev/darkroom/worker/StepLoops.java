package dev.darkroom.worker;

import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.model.LoadedModel;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One step loop for each model, so that tasks can share calls. A loop lives as long as a task holds it, and keeps no
 * model that has left the memory. Belongs to the lane.
 */
final class StepLoops {

    private final Map<LoadedModel, WeakReference<StepLoop>> loops = new WeakHashMap<>();

    StepLoop of(LoadedModel model) {
        WeakReference<StepLoop> reference = loops.get(model);
        @Nullable StepLoop known = reference == null ? null : reference.get();
        if (known != null) {
            return known;
        }
        StepLoop made = new StepLoop(model);
        loops.put(model, new WeakReference<>(made));
        return made;
    }
}
