package dev.darkroom.diffusion;

import dev.darkroom.model.Prediction;

/**
 * How a network is wrapped at one noise level, so that samplers see an estimate of the clean latent, whatever the
 * network predicts: {@code denoised = skip * x + output * network(input * x)}. The names are those of Karras et al.
 * 2022, section 5 (c_in, c_skip, c_out).
 *
 * @param input brings the latent to the variance of training
 * @param skip the latent's share in the estimate
 * @param output the network's share in the estimate
 */
record Preconditioning(double input, double skip, double output) {

    static Preconditioning of(Prediction prediction, double sigma) {
        double variance = sigma * sigma + 1;
        double deviation = Math.sqrt(variance);
        return switch (prediction) {
            case EPSILON -> new Preconditioning(1 / deviation, 1, -sigma);
            case EDM -> new Preconditioning(1 / deviation, 1 / variance, sigma / deviation);
            case V -> new Preconditioning(1 / deviation, 1 / variance, -sigma / deviation);
        };
    }
}
