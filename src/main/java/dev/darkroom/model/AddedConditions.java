package dev.darkroom.model;

import org.jspecify.annotations.Nullable;

/**
 * What some denoisers take besides the text's hidden states. Null leaves the choice to the denoiser; what it does not
 * take is ignored.
 *
 * @param pooled the text in one vector (SDXL: {@code text_embeds}); treated as immutable
 * @param sizes SDXL's {@code time_ids}; null: the size of the picture that is made
 * @param guidance the guidance scale that a consistency model was taught (LCM's {@code timestep_cond}); null: 1
 * @param channels what an inpainting denoiser takes beside the latent, {@code [channels, height, width]}: the mask (1:
 *     to be painted), then the latent of the picture without what is masked; null: everything is to be painted
 */
public record AddedConditions(
        float @Nullable [] pooled,
        @Nullable ImageSizes sizes,
        @Nullable Double guidance,
        float @Nullable [] channels) {

    /** Says nothing. */
    public static final AddedConditions NONE = new AddedConditions(null, null, null, null);
}
