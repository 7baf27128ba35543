package dev.darkroom.worker;

import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.model.ModelTraits;

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
                setup.resolved().admScaling(),
                task.earlier.sampler(image, traits, () -> Samplers.create(plan, traits, task.request.seedOf(image))),
                plan.height() / traits.latentScale(),
                plan.width() / traits.latentScale());
    }
}
