package dev.darkroom.diffusion;

/**
 * Strategic stochastic sampling of a trajectory consistency model (Zheng et al., "Trajectory Consistency Distillation",
 * 2024, algorithm 4) with gamma 0.3: a step towards timestep t' jumps to {@code s = (1 - gamma) t'} without noise, and
 * fresh noise brings it back up to t'. The last step takes the estimate.
 */
final class Tcd extends SigmaSampler {

    private static final double GAMMA = 0.3;
    private static final int NOISE = 0;

    Tcd(SamplerInputs inputs) {
        super(inputs, 1);
    }

    @Override
    boolean advance(float[] denoised) {
        double next = nextSigma();
        if (next == 0) {
            LinearCombination.of(latent(), 1, denoised);
            return true;
        }
        double s = Math.floor((1 - GAMMA) * schedule().timestep(next));
        double jump = Math.min(schedule().sigma(s), next);
        double kept = jump / sigma();
        draw(0, memory(NOISE));
        double up = Math.sqrt((next - jump) * (next + jump));
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised, up, memory(NOISE));
        return true;
    }
}
