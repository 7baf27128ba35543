package dev.darkroom.worker;

import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.image.GenerationParameters;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.prompt.ExpandedPrompt;
import dev.darkroom.task.TaskRequest;
import java.util.List;

/** What made an image, as its file and the log say it. */
final class PictureParameters {

    private static final int HASH = 10;

    private PictureParameters() {}

    static GenerationParameters of(RunningTask task, int image) {
        TaskRequest request = task.request;
        RunningTask.Setup setup = task.ready();
        ExpandedPrompt prompt = setup.prompts().of(image);
        SamplingPlan plan = setup.resolved().plan();
        ModelTraits traits = setup.model().traits();
        String hash = traits.weightsHash();
        return new GenerationParameters(
                prompt.prompt(),
                prompt.negativePrompt(),
                prompt.expansion(),
                prompt.positive(),
                prompt.negative(),
                prompt.styles(),
                request.performanceSelection(),
                plan.steps(),
                plan.width(),
                plan.height(),
                plan.guidanceScale(),
                request.sharpness(),
                List.of(),
                null,
                setup.resolved().clipSkip(),
                request.refinerSwitch(),
                plan.sampler(),
                plan.scheduler(),
                GenerationParameters.OWN_VAE,
                request.seedOf(image),
                traits.name(),
                hash.length() > HASH ? hash.substring(0, HASH) : hash,
                prompt.loras().stream()
                        .map(lora -> new GenerationParameters.Lora(lora.stem(), lora.weight(), null))
                        .toList(),
                Software.NAME);
    }
}
