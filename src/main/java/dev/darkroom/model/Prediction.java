package dev.darkroom.model;

/** What a denoiser's output stands for. */
public enum Prediction {
    /** The noise. */
    EPSILON,
    /** The velocity of Salimans and Ho, "Progressive Distillation for Fast Sampling of Diffusion Models" (2022). */
    V
}
