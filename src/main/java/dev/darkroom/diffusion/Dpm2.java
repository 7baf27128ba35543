package dev.darkroom.diffusion;

/** The midpoint method on the logarithm of sigma (Lu et al., "DPM-Solver", 2022, DPM-Solver-2 in the sigma notation). */
final class Dpm2 extends TwoStageSampler {

    private static final int FIRST_ESTIMATE = 1;

    Dpm2(SamplerInputs inputs) {
        super(inputs, 2);
    }

    @Override
    boolean direct() {
        return super.direct() || leavesPureNoise();
    }

    @Override
    double secondSigma() {
        return Math.sqrt(sigma() * nextSigma());
    }

    @Override
    void look(float[] denoised) {
        double kept = secondSigma() / sigma();
        LinearCombination.of(memory(SECOND), kept, latent(), 1 - kept, denoised);
        remember(FIRST_ESTIMATE, denoised);
    }

    @Override
    void move(float[] denoised) {
        // x + (next - sigma) (x'' - D'') / sigma'', where the second point x'' is a mix of x and the first estimate
        double change = (nextSigma() - sigma()) / secondSigma();
        double kept = secondSigma() / sigma();
        LinearCombination.of(
                latent(),
                nextSigma() / sigma(),
                latent(),
                change * (1 - kept),
                memory(FIRST_ESTIMATE),
                -change,
                denoised);
    }
}
