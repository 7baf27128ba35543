package dev.darkroom.worker;

import dev.darkroom.diffusion.AdmScaling;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.model.Family;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.task.TaskRequest;
import org.jspecify.annotations.Nullable;

/** How an image enters the model calls: at its first step, or where an earlier attempt left it. */
final class ImageStart {

    private ImageStart() {}

    /**
     * Makes the row of an image.
     *
     * @param task whose model is there
     * @param texts what the image's prompts were encoded to
     */
    static Row row(RunningTask task, int image, JoinedTexts texts) {
        RunningTask.Setup setup = task.ready();
        ModelTraits traits = setup.model().traits();
        SamplingPlan plan = setup.resolved().plan();
        return new Row(
                task.id(),
                image,
                texts.positive().guided(plan.guidanceScale()),
                texts.negative(),
                setup.resolved().guidance(),
                admScaling(traits, setup.resolved(), task.request),
                task.earlier.sampler(image, traits, () -> Samplers.create(plan, traits, task.request.seedOf(image))),
                plan.height() / traits.latentScale(),
                plan.width() / traits.latentScale());
    }

    /** Only SDXL is told sizes, and what was distilled to few steps without guidance is told the true ones. */
    private static @Nullable AdmScaling admScaling(ModelTraits traits, ResolvedRequest resolved, TaskRequest request) {
        if (traits.family() != Family.STABLE_DIFFUSION_XL
                || !resolved.guidance().needsNegative()) {
            return null;
        }
        AdmScaling stock = AdmScaling.STOCK;
        return new AdmScaling(
                request.admScalerPositive() == null ? stock.positive() : request.admScalerPositive(),
                request.admScalerNegative() == null ? stock.negative() : request.admScalerNegative(),
                request.admScalerEnd() == null ? stock.end() : request.admScalerEnd());
    }
}
