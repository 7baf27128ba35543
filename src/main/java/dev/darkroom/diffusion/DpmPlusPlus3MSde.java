package dev.darkroom.diffusion;

/**
 * SDE-DPM-Solver++(3M) with eta 1, as in k-diffusion: the multistep method of "DPM-Solver++" (Lu et al. 2022) with
 * divided differences of the last three estimates D. With h = ln(sigma / next) and, as eta is 1, H = 2h, the exponential
 * integrator's functions are {@code phi2 = (e^-H - 1) / H + 1} and {@code phi3 = phi2 / H - 1/2}.
 */
final class DpmPlusPlus3MSde extends SigmaSampler {

    private static final int PREVIOUS = 0;
    private static final int BEFORE_PREVIOUS = 1;
    private static final int NOISE = 2;

    DpmPlusPlus3MSde(SamplerInputs inputs) {
        super(inputs, 3);
    }

    @Override
    boolean advance(float[] denoised) {
        float[] latent = latent();
        if (nextSigma() == 0) {
            LinearCombination.of(latent, 1, denoised);
            return true;
        }
        double h = StrictMath.log(sigma() / nextSigma());
        double ratio = nextSigma() / sigma();
        double kept = ratio * ratio;
        LinearCombination.of(latent, kept, latent, 1 - kept, denoised);
        correct(denoised, h, StrictMath.expm1(-2 * h) / (2 * h) + 1);
        increment(sigma(), nextSigma(), memory(NOISE));
        LinearCombination.of(latent, 1, latent, nextSigma() * Math.sqrt((1 - ratio) * (1 + ratio)), memory(NOISE));
        remember(BEFORE_PREVIOUS, memory(PREVIOUS));
        remember(PREVIOUS, denoised);
        return true;
    }

    private void correct(float[] denoised, double h, double phi2) {
        if (step() == 0) {
            return;
        }
        double r0 = StrictMath.log(previousSigma() / sigma()) / h;
        if (step() == 1) {
            LinearCombination.of(latent(), 1, latent(), phi2 / r0, denoised, -phi2 / r0, memory(PREVIOUS));
            return;
        }
        double r1 = StrictMath.log(level(step() - 2) / previousSigma()) / h;
        double phi3 = phi2 / (2 * h) - 0.5;
        // first differences (D - D') / r0 and (D' - D'') / r1, and what they count for
        double near = phi2 * (1 + r0 / (r0 + r1)) - phi3 / (r0 + r1);
        double far = phi3 / (r0 + r1) - phi2 * r0 / (r0 + r1);
        LinearCombination.of(
                latent(),
                1,
                latent(),
                near / r0,
                denoised,
                far / r1 - near / r0,
                memory(PREVIOUS),
                -far / r1,
                memory(BEFORE_PREVIOUS));
    }
}
