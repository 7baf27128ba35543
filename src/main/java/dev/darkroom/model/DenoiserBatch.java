package dev.darkroom.model;

/**
 * The inputs and outputs of one call of a {@link Denoiser}. All arrays have {@code rows} elements; arrays may be longer
 * than the batch, and are reused between calls.
 *
 * @param rows how many rows of the arrays are in use
 * @param channels of a latent
 * @param height of a latent
 * @param width of a latent
 * @param latents per row {@code [channels, height, width]}, already scaled for the network's input
 * @param timesteps per row, on the training schedule's scale; may be fractional
 * @param conditionings per row, all with the same number of tokens
 * @param outputs per row {@code [channels, height, width]}: filled by the call
 */
public record DenoiserBatch(
        int rows,
        int channels,
        int height,
        int width,
        float[][] latents,
        float[] timesteps,
        Conditioning[] conditionings,
        float[][] outputs) {}
