package dev.darkroom.diffusion;

/**
 * Euler's method on the probability flow (Karras et al. 2022, algorithm 1). On the same noise levels it is also DDIM with
 * eta 0 (Song et al. 2020): the two differ in notation alone.
 */
final class Euler extends SigmaSampler {

    Euler(SamplerInputs inputs) {
        super(inputs, 0);
    }

    @Override
    boolean advance(float[] denoised) {
        double kept = nextSigma() / sigma();
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised);
        return true;
    }
}
