package dev.darkroom.worker;

import dev.darkroom.diffusion.AdmScaling;
import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.SamplingPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request with nothing left to choose.
 *
 * @param guidance how the answers to both prompts become one
 * @param admScaling what SDXL is told of the picture's size, or null for the truth
 * @param negativePrompt the user's, or the model's own
 * @param clipSkip which of the text encoder's last layers is read
 * @param styles names of the styles that are applied
 * @param notes what the owner should know, one sentence each
 */
record ResolvedRequest(
        SamplingPlan plan,
        Guidance guidance,
        @Nullable AdmScaling admScaling,
        String negativePrompt,
        int clipSkip,
        List<String> styles,
        List<String> notes) {}
