package dev.darkroom.model;

import org.jspecify.annotations.Nullable;

/** What suits a model whose folder leaves it open, by what kind of model it is. */
final class FamilyDefaults {
    private static final int FEW = 4;

    private FamilyDefaults() {}

    /**
     * Fills what {@code darkroom.json} leaves open. One text encoder is read to its last layer; Fooocus' layer before is
     * for SDXL alone. A distilled model makes its picture in four steps: the Turbo ones with Euler's ancestral sampler
     * and no guidance, consistency models with their own sampler and schedule.
     */
    static ModelDefaults fill(ModelDefaults stated, Family family, SchedulerConfig scheduler) {
        Integer clipSkip = family == Family.STABLE_DIFFUSION_XL ? Integer.valueOf(2) : Integer.valueOf(1);
        if (scheduler.consistency()) {
            return fill(stated, clipSkip, "lcm", "lcm", FEW, null);
        }
        if (scheduler.fewSteps()) {
            return fill(stated, clipSkip, "euler_ancestral", "normal", FEW, 1.0);
        }
        return fill(stated, clipSkip, null, null, null, null);
    }

    private static ModelDefaults fill(
            ModelDefaults stated,
            Integer clipSkip,
            @Nullable String sampler,
            @Nullable String schedule,
            @Nullable Integer steps,
            @Nullable Double guidance) {
        return new ModelDefaults(
                stated.description(),
                stated.width(),
                stated.height(),
                or(stated.sampler(), sampler),
                or(stated.scheduler(), schedule),
                or(stated.steps(), steps),
                or(stated.guidanceScale(), guidance),
                stated.guidanceRescale(),
                or(stated.clipSkip(), clipSkip),
                stated.styles(),
                stated.negativePrompt(),
                stated.examplePrompts());
    }

    private static <T> @Nullable T or(@Nullable T stated, @Nullable T usual) {
        return stated == null ? usual : stated;
    }
}
