package dev.darkroom.diffusion;

import dev.darkroom.model.ModelTraits;
import java.util.List;

/** Makes samplers by name. */
public final class Samplers {

    private Samplers() {}

    /** Returns Fooocus' names of the samplers that can be made. */
    public static List<String> names() {
        return List.of();
    }

    /** Returns Fooocus' names of the schedules that can be made. */
    public static List<String> schedules() {
        return List.of();
    }

    /**
     * Returns a sampler that starts from noise.
     *
     * @param seed the image's: equal seeds give equal pictures
     * @throws IllegalArgumentException if the sampler or schedule is unknown
     */
    public static Sampler create(SamplingPlan plan, ModelTraits traits, long seed) {
        throw new IllegalArgumentException("unknown sampler " + plan.sampler());
    }
}
