package dev.darkroom.diffusion;

/**
 * A picture to start from instead of pure noise: vary, upscale and inpaint begin so. The samplers know it before those
 * routes are there, since it decides where each schedule starts.
 *
 * @param latent {@code [channels, height, width]}, of variance one as the model sees clean latents; not kept, not changed
 * @param denoise how much of the picture is made anew, above 0 and up to 1: the share of the schedule that is sampled
 */
public record StartLatent(float[] latent, double denoise) {

    /** @throws IllegalArgumentException if the share is out of range */
    public StartLatent {
        if (!(denoise > 0 && denoise <= 1)) {
            throw new IllegalArgumentException("denoise must be above 0 and at most 1, not " + denoise);
        }
    }
}
