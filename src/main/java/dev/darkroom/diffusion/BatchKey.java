package dev.darkroom.diffusion;

/**
 * What rows of one model must have in common to share a model call.
 *
 * @param latentHeight of the latent
 * @param latentWidth of the latent
 * @param tokens positions of the conditioning, after a row's two have been brought to one length
 */
public record BatchKey(int latentHeight, int latentWidth, int tokens) {}
