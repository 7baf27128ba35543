package dev.darkroom.model;

/** What a denoiser's output stands for. */
public enum Prediction {
    /** The noise. */
    EPSILON,
    /** The velocity of Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models" (2022). */
    V,
    /** The network of Karras et al. 2022, table 1: for clean latents of variance one the velocity with the other sign. */
    EDM
}
