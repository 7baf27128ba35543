package dev.darkroom.diffusion;

/** {@link Dpm2} down to the level that ancestral noise then brings up to the step's end. */
final class Dpm2Ancestral extends TwoStageSampler {

    private static final int NOISE = 1;
    private static final int FIRST_ESTIMATE = 2;

    Dpm2Ancestral(SamplerInputs inputs) {
        super(inputs, 3);
    }

    @Override
    boolean direct() {
        return super.direct() || leavesPureNoise();
    }

    @Override
    double secondSigma() {
        return Math.sqrt(sigma() * AncestralStep.between(sigma(), nextSigma()).down());
    }

    @Override
    void finish(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), nextSigma());
        double kept = ancestral.down() / sigma();
        draw(0, memory(NOISE));
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised, ancestral.up(), memory(NOISE));
    }

    @Override
    void look(float[] denoised) {
        double kept = secondSigma() / sigma();
        LinearCombination.of(memory(SECOND), kept, latent(), 1 - kept, denoised);
        remember(FIRST_ESTIMATE, denoised);
    }

    @Override
    void move(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), nextSigma());
        double change = (ancestral.down() - sigma()) / secondSigma();
        double kept = secondSigma() / sigma();
        draw(0, memory(NOISE));
        LinearCombination.of(
                latent(),
                ancestral.down() / sigma(),
                latent(),
                change * (1 - kept),
                memory(FIRST_ESTIMATE),
                -change,
                denoised,
                ancestral.up(),
                memory(NOISE));
    }
}
