package dev.darkroom.diffusion;

/**
 * SDE-DPM-Solver++ of second order with one intermediate point (k-diffusion's DPM++ SDE with eta 1 and r 1/2). The noise
 * of the intermediate point and that of the whole step are increments of one Brownian path over sigma: the second is
 * made of the first and of a fresh increment over the rest of the step.
 */
final class DpmPlusPlusSde extends TwoStageSampler {

    private static final int NOISE = 1;
    private static final int REST = 2;

    DpmPlusPlusSde(NoiseSchedule schedule, SamplerState state) {
        super(schedule, state, 3);
    }

    @Override
    double secondSigma() {
        return Math.sqrt(sigma() * nextSigma());
    }

    @Override
    void look(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), secondSigma());
        double kept = ancestral.down() / sigma();
        draw(0, memory(NOISE));
        LinearCombination.of(memory(SECOND), kept, latent(), 1 - kept, denoised, ancestral.up(), memory(NOISE));
    }

    @Override
    void move(float[] denoised) {
        AncestralStep ancestral = AncestralStep.between(sigma(), nextSigma());
        double kept = ancestral.down() / sigma();
        double whole = sigma() - nextSigma();
        double first = Math.sqrt((sigma() - secondSigma()) / whole);
        double rest = Math.sqrt((secondSigma() - nextSigma()) / whole);
        draw(1, memory(REST));
        LinearCombination.of(memory(NOISE), first, memory(NOISE), rest, memory(REST));
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised, ancestral.up(), memory(NOISE));
    }
}
