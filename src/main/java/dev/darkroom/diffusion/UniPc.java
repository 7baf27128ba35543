package dev.darkroom.diffusion;

/**
 * UniPC (Zhao et al., "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models", 2023,
 * algorithms 1 and 2) of third order, predicting the clean latent. The model's estimate D at a predicted point first
 * corrects that point, then predicts the next. The first steps are of lower order as there are too few estimates yet, and
 * so are the last ones, for stability.
 *
 * <p>In sigma's notation the variance-preserving formulas of the paper lose their alphas: with h = ln(from / to),
 * {@code x' = to / from * x + (1 - to / from) * D0 - B(h) * sum of rho_k (D_k - D0) / r_k}.
 */
final class UniPc extends SigmaSampler {

    private static final int ORDER = 3;

    /** Where the step before started, corrected. */
    private static final int BEFORE = ORDER;

    private final boolean exponential;

    /** @param exponential whether B(h) is {@code e^h - 1}, the paper's B2, rather than h, its B1 */
    private UniPc(SamplerInputs inputs, boolean exponential) {
        super(inputs, ORDER + 1);
        this.exponential = exponential;
    }

    static UniPc bh1(SamplerInputs inputs) {
        return new UniPc(inputs, false);
    }

    static UniPc bh2(SamplerInputs inputs) {
        return new UniPc(inputs, true);
    }

    @Override
    boolean advance(float[] denoised) {
        if (nextSigma() == 0) {
            LinearCombination.of(latent(), 1, denoised);
            return true;
        }
        // h is infinite where a step leaves pure noise, and B1 with it
        if (step() > 1 || step() == 1 && !startsFromPureNoise()) {
            correct(denoised);
        }
        remember(step() % ORDER, denoised);
        remember(BEFORE, latent());
        predict(denoised);
        return true;
    }

    /** Returns the order of a step's prediction, and of the correction that follows it. */
    private int order(int step) {
        return Math.min(Math.min(step + 1, steps() - step), ORDER);
    }

    private void correct(float[] denoised) {
        int from = step() - 1;
        int order = order(from);
        UniPcWeights weights = UniPcWeights.correcting(lambdas(from, order), exponential);
        combine(from, weights, order, denoised);
    }

    private void predict(float[] denoised) {
        int order = order(step());
        UniPcWeights weights = UniPcWeights.predicting(lambdas(step(), order), exponential);
        combine(step(), weights, order, denoised);
    }

    /** Returns -ln(sigma) at the end of a step, at its start, and at the starts of the steps before. */
    private double[] lambdas(int from, int order) {
        double[] lambdas = new double[order + 1];
        for (int i = 0; i <= order; i++) {
            lambdas[i] = -StrictMath.log(level(from + 1 - i));
        }
        return lambdas;
    }

    /** Makes the latent at the end of a step from where the step started and the estimates. */
    private void combine(int from, UniPcWeights weights, int order, float[] denoised) {
        double kept = level(from + 1) / level(from);
        float[] base = memory(from % ORDER);
        LinearCombination.of(latent(), kept, memory(BEFORE), 1 - kept - weights.sum(), base);
        if (weights.atEnd() != 0) {
            LinearCombination.of(latent(), 1, latent(), weights.atEnd(), denoised);
        }
        for (int back = 1; back < order; back++) {
            LinearCombination.of(latent(), 1, latent(), weights.earlier(back), memory((from - back) % ORDER));
        }
    }
}
