package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.prompt.LoraCatalogue;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.task.Workload;
import org.jspecify.annotations.Nullable;

/** Tells before a task runs what it will make a device compute. Safe from any thread; never blocks. */
public final class RequestAssessment {

    private final ModelShelf shelf;
    private final RequestParser requests;

    /**
     * @param shelf that has the models
     * @param library that has the presets
     */
    public RequestAssessment(ModelShelf shelf, PromptLibrary library) {
        this.shelf = shelf;
        this.requests = new RequestParser(library.presets());
    }

    /** Returns what a stored request comes to, or null while its model was not loaded yet. */
    public @Nullable Workload assess(String model, String requestJson) {
        ModelTraits traits = shelf.traits(model);
        if (traits == null) {
            return null;
        }
        try {
            TaskRequest request = requests.parse(requestJson);
            return workload(
                    request,
                    RequestResolver.resolve(request, traits, LoraCatalogue.NONE).plan());
        } catch (JsonProcessingException | RuntimeException unresolvable) {
            // the worker will say why
            return null;
        }
    }

    static Workload workload(TaskRequest request, SamplingPlan plan) {
        return new Workload(
                plan.width() * plan.height(),
                plan.sampler(),
                Guidance.of(plan.guidanceScale()).needsNegative(),
                plan.steps(),
                Math.max(1, request.imageNumber()));
    }
}
