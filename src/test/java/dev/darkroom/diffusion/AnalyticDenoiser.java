package dev.darkroom.diffusion;

/** Estimates of the clean latent that are known in closed form. */
interface AnalyticDenoiser {

    double denoise(double x, double sigma);

    /** Each number is N(0.5, 0.5²) or N(-0.5, 0.5²) with equal odds. */
    AnalyticDenoiser MIXTURE = (x, sigma) -> {
        double v = 0.25 + sigma * sigma;
        return (0.25 * x + sigma * sigma * 0.5 * StrictMath.tanh(0.5 * x / v)) / v;
    };

    /** Each number is N(mean, deviation²). */
    static AnalyticDenoiser gaussian(double mean, double deviation) {
        double s2 = deviation * deviation;
        return (x, sigma) -> (s2 * x + sigma * sigma * mean) / (s2 + sigma * sigma);
    }

    default float[] denoise(Evaluation evaluation) {
        float[] denoised = new float[evaluation.latent().length];
        for (int i = 0; i < denoised.length; i++) {
            denoised[i] = (float) denoise(evaluation.latent()[i], evaluation.sigma());
        }
        return denoised;
    }

    /** Answers one call of a sampler. */
    default void feed(Sampler sampler) {
        sampler.accept(denoise(sampler.next()));
    }

    /** Answers until the latent is finished. */
    default float[] finish(Sampler sampler) {
        while (!sampler.done()) {
            feed(sampler);
        }
        return sampler.latent();
    }
}
