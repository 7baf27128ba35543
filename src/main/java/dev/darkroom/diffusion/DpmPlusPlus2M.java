package dev.darkroom.diffusion;

/** DPM-Solver++(2M) (Lu et al., "DPM-Solver++", 2022, algorithm 2): uses the estimate of the step before. */
final class DpmPlusPlus2M extends SigmaSampler {

    private static final int PREVIOUS = 0;

    DpmPlusPlus2M(SamplerInputs inputs) {
        super(inputs, 1);
    }

    @Override
    boolean advance(float[] denoised) {
        double kept = nextSigma() / sigma();
        if (step() == 0 || nextSigma() == 0) {
            LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised);
        } else {
            double h = StrictMath.log(sigma() / nextSigma());
            double last = StrictMath.log(previousSigma() / sigma());
            double correction = h / (2 * last);
            LinearCombination.of(
                    latent(),
                    kept,
                    latent(),
                    (1 - kept) * (1 + correction),
                    denoised,
                    -(1 - kept) * correction,
                    memory(PREVIOUS));
        }
        remember(PREVIOUS, denoised);
        return true;
    }
}
