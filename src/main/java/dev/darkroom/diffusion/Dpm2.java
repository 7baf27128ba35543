package dev.darkroom.diffusion;

/** The midpoint method on the logarithm of sigma (Lu et al., "DPM-Solver", 2022, DPM-Solver-2 in the sigma notation). */
final class Dpm2 extends TwoStageSampler {

    Dpm2(NoiseSchedule schedule, SamplerState state) {
        super(schedule, state, 1);
    }

    @Override
    double secondSigma() {
        return Math.sqrt(sigma() * nextSigma());
    }

    @Override
    void look(float[] denoised) {
        double kept = secondSigma() / sigma();
        LinearCombination.of(memory(SECOND), kept, latent(), 1 - kept, denoised);
    }

    @Override
    void move(float[] denoised) {
        double slope = (nextSigma() - sigma()) / secondSigma();
        LinearCombination.of(latent(), 1, latent(), slope, memory(SECOND), -slope, denoised);
    }
}
