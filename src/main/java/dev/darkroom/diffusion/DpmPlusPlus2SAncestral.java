package dev.darkroom.diffusion;

/** DPM-Solver++(2S) (Lu et al., "DPM-Solver++", 2022, algorithm 1) with ancestral noise after each step. */
final class DpmPlusPlus2SAncestral extends TwoStageSampler {

    private static final int NOISE = 1;

    DpmPlusPlus2SAncestral(SamplerInputs inputs) {
        super(inputs, 2);
    }

    @Override
    double secondSigma() {
        return Math.sqrt(sigma() * AncestralStep.between(sigma(), nextSigma()).down());
    }

    @Override
    void look(float[] denoised) {
        double kept = secondSigma() / sigma();
        LinearCombination.of(memory(SECOND), kept, latent(), 1 - kept, denoised);
    }

    @Override
    void move(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), nextSigma());
        double kept = ancestral.down() / sigma();
        draw(0, memory(NOISE));
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised, ancestral.up(), memory(NOISE));
    }
}
