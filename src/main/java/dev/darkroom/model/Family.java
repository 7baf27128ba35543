package dev.darkroom.model;

/** Kinds of models that differ in what goes into and comes out of their networks. */
public enum Family {
    /** Stable Diffusion 1.x: CLIP-L, epsilon, trained on 512 pixels. */
    STABLE_DIFFUSION_1,
    /** Stable Diffusion 2.x and SD Turbo: OpenCLIP-H's penultimate layer. */
    STABLE_DIFFUSION_2,
    /** SDXL and SDXL Turbo: two text encoders, a pooled text and the picture's sizes. */
    STABLE_DIFFUSION_XL,
    /** A model of another make with the same kinds of networks, such as the built-in one. */
    OTHER
}
