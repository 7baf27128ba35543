package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.prompt.LoraCatalogue;
import dev.darkroom.prompt.Presets;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.task.Workload;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tells before a task runs what it will make a device compute. Safe from any thread; never blocks. */
public final class RequestAssessment {

    private static final ObjectReader JSON = new ObjectMapper().readerFor(TaskRequest.class);

    private final ModelShelf shelf;
    private final Presets presets;
    private final RequestParser parser;

    /** Of models that were in memory once; they differ little when they come back. */
    private final Map<String, ModelTraits> seen = new ConcurrentHashMap<>();

    /** @param shelf that has the models */
    public RequestAssessment(ModelShelf shelf, Presets presets) {
        this.shelf = shelf;
        this.presets = presets;
        this.parser = new RequestParser(presets);
    }

    /** Returns what a stored request comes to, or null while its model was not in memory yet. */
    public @Nullable Workload assess(String model, String requestJson) {
        ModelTraits traits = traits(model);
        if (traits == null) {
            return null;
        }
        try {
            TaskRequest request = parse(requestJson);
            SamplingPlan plan =
                    RequestResolver.resolve(request, traits, LoraCatalogue.NONE).plan();
            boolean guided = !traits.embedsGuidance()
                    && Guidance.of(plan.guidanceScale()).needsNegative();
            return workload(request, plan, guided);
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

    /** Most requests name no preset, and are read three times as fast. */
    private TaskRequest parse(String requestJson) throws JsonProcessingException {
        TaskRequest request = JSON.readValue(requestJson);
        return request.preset() == null || presets.find(request.preset()).isEmpty()
                ? request
                : parser.parse(requestJson);
    }

    static Workload workload(TaskRequest request, SamplingPlan plan, boolean guided) {
        return new Workload(
                plan.width() * plan.height(), plan.sampler(), guided, plan.steps(), Math.max(1, request.imageNumber()));
    }
}
