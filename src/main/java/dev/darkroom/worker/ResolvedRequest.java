package dev.darkroom.worker;

import dev.darkroom.diffusion.SamplingPlan;
import java.util.List;

/**
 * A request with nothing left to choose.
 *
 * @param negativePrompt the user's, or the model's own
 * @param clipSkip which of the text encoder's last layers is read
 * @param styles names of the styles that are applied
 * @param notes what the owner should know, one sentence each
 */
record ResolvedRequest(
        SamplingPlan plan, String negativePrompt, int clipSkip, List<String> styles, List<String> notes) {}
