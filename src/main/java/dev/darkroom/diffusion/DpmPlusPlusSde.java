package dev.darkroom.diffusion;

/**
 * SDE-DPM-Solver++ of second order with one intermediate point (k-diffusion's DPM++ SDE with eta 1 and r 1/2). The noise
 * of the intermediate point and that of the whole step are increments of one Brownian path over sigma.
 */
final class DpmPlusPlusSde extends TwoStageSampler {

    private static final int NOISE = 1;

    DpmPlusPlusSde(SamplerInputs inputs) {
        super(inputs, 2);
    }

    @Override
    double secondSigma() {
        return Math.sqrt(sigma() * nextSigma());
    }

    @Override
    void look(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), secondSigma());
        double kept = ancestral.down() / sigma();
        increment(sigma(), secondSigma(), memory(NOISE));
        LinearCombination.of(memory(SECOND), kept, latent(), 1 - kept, denoised, ancestral.up(), memory(NOISE));
    }

    @Override
    void move(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), nextSigma());
        double kept = ancestral.down() / sigma();
        increment(sigma(), nextSigma(), memory(NOISE));
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised, ancestral.up(), memory(NOISE));
    }
}
