package dev.darkroom.diffusion;

/**
 * Replaces a part of a network's answer by an edge-preserving blur of it: what it sees as noise is blurred within the
 * edges of its estimate of the clean latent. Keeps its arrays; one thread at a time.
 */
final class Sharpener {

    private final float[] estimate;
    private final float[] noise;
    private final JointBilateralFilter filter;

    Sharpener(int channels, int height, int width) {
        estimate = new float[channels * height * width];
        noise = new float[estimate.length];
        filter = new JointBilateralFilter(channels, height, width);
    }

    /**
     * Blurs an answer in part.
     *
     * @param answer the network's output, whatever it predicts; changed
     * @param latent what the network was asked about
     * @param share of the blur, from 0 to 1
     */
    void apply(float[] answer, float[] latent, Preconditioning wrapped, double share) {
        LinearCombination.of(estimate, wrapped.skip(), latent, wrapped.output(), answer);
        // x - D is sigma times the noise that the network sees; D, and so the answer, loses what the blur adds to it
        LinearCombination.of(noise, 1, latent, -1, estimate);
        LinearCombination.of(answer, 1, answer, share / wrapped.output(), noise);
        filter.apply(noise, estimate);
        LinearCombination.of(answer, 1, answer, -share / wrapped.output(), noise);
    }
}
