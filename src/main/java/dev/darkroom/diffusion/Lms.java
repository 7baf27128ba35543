package dev.darkroom.diffusion;

/**
 * The linear multistep method of Adams and Bashforth, of fourth order at most, on unevenly spaced noise levels: the
 * polynomial through the last slopes is integrated over the step (k-diffusion's LMS).
 */
final class Lms extends SigmaSampler {

    private static final int ORDER = 4;

    Lms(SamplerInputs inputs) {
        super(inputs, ORDER);
    }

    @Override
    boolean advance(float[] denoised) {
        LinearCombination.of(memory(step() % ORDER), 1 / sigma(), latent(), -1 / sigma(), denoised);
        int order = Math.min(step() + 1, ORDER);
        // the newest slope is (x - D) / sigma; what it takes from x is taken at once, as both may be large
        double change = coefficient(0, order) / sigma();
        LinearCombination.of(latent(), 1 + change, latent(), -change, denoised);
        for (int back = 1; back < order; back++) {
            LinearCombination.of(latent(), 1, latent(), coefficient(back, order), memory((step() - back) % ORDER));
        }
        return true;
    }

    /**
     * Returns the integral over the step of the Lagrange polynomial that is one at the level {@code back} steps ago. Two
     * points of Gauss and Legendre integrate a polynomial of third degree exactly.
     */
    private double coefficient(int back, int order) {
        double middle = (sigma() + nextSigma()) / 2;
        double half = (nextSigma() - sigma()) / 2;
        double offset = half / Math.sqrt(3);
        return half * (lagrange(back, order, middle - offset) + lagrange(back, order, middle + offset));
    }

    private double lagrange(int back, int order, double at) {
        double value = 1;
        double own = level(step() - back);
        for (int other = 0; other < order; other++) {
            if (other != back) {
                double node = level(step() - other);
                value *= (at - node) / (own - node);
            }
        }
        return value;
    }
}
