package dev.darkroom.diffusion;

/**
 * SDE-DPM-Solver++(2M) (Lu et al., "DPM-Solver++", 2022, section 5) with eta 1 and the midpoint form of the correction.
 * Each step's noise is an increment of a Brownian path over sigma.
 */
final class DpmPlusPlus2MSde extends SigmaSampler {

    private static final int PREVIOUS = 0;
    private static final int NOISE = 1;

    DpmPlusPlus2MSde(SamplerInputs inputs) {
        super(inputs, 2);
    }

    @Override
    boolean advance(float[] denoised) {
        float[] latent = latent();
        // with h = ln(sigma / next) and eta 1: exp(-h) * next / sigma = ratio²
        double ratio = nextSigma() / sigma();
        double kept = ratio * ratio;
        if (step() == 0 || nextSigma() == 0) {
            LinearCombination.of(latent, kept, latent, 1 - kept, denoised);
        } else {
            double h = StrictMath.log(sigma() / nextSigma());
            double last = StrictMath.log(previousSigma() / sigma());
            double correction = (1 - kept) * h / (2 * last);
            LinearCombination.of(latent, kept, latent, 1 - kept + correction, denoised, -correction, memory(PREVIOUS));
        }
        if (nextSigma() > 0) {
            increment(sigma(), nextSigma(), memory(NOISE));
            LinearCombination.of(latent, 1, latent, nextSigma() * Math.sqrt((1 - ratio) * (1 + ratio)), memory(NOISE));
        }
        remember(PREVIOUS, denoised);
        return true;
    }
}
