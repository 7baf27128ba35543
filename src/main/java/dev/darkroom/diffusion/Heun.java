package dev.darkroom.diffusion;

/** Heun's method (Karras et al. 2022, algorithm 1): the mean of the slopes at both ends of a step. */
class Heun extends TwoStageSampler {

    private static final int FIRST_ESTIMATE = 1;

    Heun(SamplerInputs inputs) {
        super(inputs, 2);
    }

    @Override
    boolean direct() {
        return super.direct() || leavesPureNoise();
    }

    @Override
    double secondSigma() {
        return nextSigma();
    }

    @Override
    void look(float[] denoised) {
        double kept = nextSigma() / sigma();
        LinearCombination.of(memory(SECOND), kept, latent(), 1 - kept, denoised);
        remember(FIRST_ESTIMATE, denoised);
    }

    @Override
    void move(float[] denoised) {
        // with D the first estimate and D' the second, the two slopes are (x - D) / sigma and, as Euler's point is
        // kept * x + (1 - kept) * D, (Euler's point - D') / next
        double half = (nextSigma() - sigma()) / 2;
        double kept = nextSigma() / sigma();
        LinearCombination.of(
                latent(),
                kept,
                latent(),
                -half / sigma() + half * (1 - kept) / nextSigma(),
                memory(FIRST_ESTIMATE),
                -half / nextSigma(),
                denoised);
    }
}
