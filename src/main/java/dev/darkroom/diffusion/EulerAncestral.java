package dev.darkroom.diffusion;

/**
 * Euler steps with fresh noise after each. On the same noise levels it is also the DDPM sampler (Ho et al. 2020) with
 * the posterior's variance.
 */
final class EulerAncestral extends SigmaSampler {

    private static final int NOISE = 0;

    EulerAncestral(SamplerInputs inputs) {
        super(inputs, 1);
    }

    @Override
    boolean advance(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), nextSigma());
        double kept = ancestral.down() / sigma();
        if (ancestral.up() == 0) {
            LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised);
            return true;
        }
        draw(0, memory(NOISE));
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised, ancestral.up(), memory(NOISE));
        return true;
    }
}
