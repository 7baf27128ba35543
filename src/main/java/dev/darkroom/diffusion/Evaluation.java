package dev.darkroom.diffusion;

/**
 * What a sampler wants to know next: what the model makes of a latent at a noise level.
 *
 * @param latent {@code [channels, height, width]}, in units where the clean latent has variance one and the noise has
 *     standard deviation {@code sigma}; owned by the sampler and read only until its next {@link Sampler#accept}
 * @param sigma noise level
 * @param timestep on the training schedule's scale; may be fractional
 */
public record Evaluation(float[] latent, double sigma, double timestep) {}
