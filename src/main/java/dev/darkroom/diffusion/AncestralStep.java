package dev.darkroom.diffusion;

/**
 * A step of which part is undone by fresh noise, with the variances of ancestral sampling (Ho et al., "Denoising
 * Diffusion Probabilistic Models", 2020, in the notation of k-diffusion with eta 1).
 *
 * @param down the level that the deterministic part leads to
 * @param up the standard deviation of the noise that is then added
 */
record AncestralStep(double down, double up) {

    static AncestralStep between(double from, double to) {
        // down = to² / from is what sqrt(to² - up²) comes to, without the cancellation
        double up = Math.min(to, to * Math.sqrt((from - to) * (from + to)) / from);
        return new AncestralStep(to * to / from, up);
    }
}
