package dev.darkroom.diffusion;

/**
 * How one image is to be sampled, with nothing left to choose.
 *
 * @param width pixels
 * @param height pixels
 * @param sampler Fooocus' name, such as {@code dpmpp_2m_sde_gpu}
 * @param scheduler Fooocus' name, such as {@code karras}
 * @param steps from 1
 * @param guidanceScale classifier-free guidance; 1 leaves the negative prompt out
 */
public record SamplingPlan(int width, int height, String sampler, String scheduler, int steps, double guidanceScale) {}
