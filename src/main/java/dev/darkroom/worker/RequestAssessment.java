package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.prompt.LoraCatalogue;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.task.Workload;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tells before a task runs what it will make a device compute. Safe from any thread; never blocks. */
public final class RequestAssessment {

    private final ModelShelf shelf;
    private final RequestParser parser = new RequestParser();

    /** Of models that were in memory once; they differ little when they come back. */
    private final Map<String, ModelTraits> seen = new ConcurrentHashMap<>();

    /** @param shelf that has the models */
    public RequestAssessment(ModelShelf shelf) {
        this.shelf = shelf;
    }

    /** Returns what a stored request comes to, or null while its model was not in memory yet. */
    public @Nullable Workload assess(String model, String requestJson) {
        ModelTraits traits = traits(model);
        if (traits == null) {
            return null;
        }
        try {
            TaskRequest request = parser.parse(requestJson);
            ResolvedRequest resolved = RequestResolver.resolve(request, traits, LoraCatalogue.NONE);
            return workload(request, resolved.plan(), resolved.guidance().needsNegative());
        } catch (JsonProcessingException | RuntimeException unresolvable) {
            // the worker will say why
            return null;
        }
    }

    private @Nullable ModelTraits traits(String model) {
        ModelTraits now = shelf.traits(model);
        if (now == null) {
            return seen.get(model);
        }
        seen.put(model, now);
        return now;
    }

    static Workload workload(TaskRequest request, SamplingPlan plan, boolean guided) {
        return new Workload(
                plan.width() * plan.height(), plan.sampler(), guided, plan.steps(), Math.max(1, request.imageNumber()));
    }
}
