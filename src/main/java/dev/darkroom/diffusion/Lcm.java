package dev.darkroom.diffusion;

/**
 * Sampling of a latent consistency model (Luo et al. 2023): each step takes the estimate itself and covers it with fresh
 * noise of the next level.
 */
final class Lcm extends SigmaSampler {

    private static final int NOISE = 0;

    Lcm(SamplerInputs inputs) {
        super(inputs, 1);
    }

    @Override
    boolean advance(float[] denoised) {
        if (nextSigma() == 0) {
            LinearCombination.of(latent(), 1, denoised);
            return true;
        }
        draw(0, memory(NOISE));
        LinearCombination.of(latent(), 1, denoised, nextSigma(), memory(NOISE));
        return true;
    }
}
