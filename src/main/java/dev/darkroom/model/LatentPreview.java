package dev.darkroom.model;

import dev.darkroom.image.RgbImage;

/** Turns latents into small pictures while they are sampled. Safe from any thread. */
interface LatentPreview extends AutoCloseable {

    /**
     * Returns a picture of twice the latent's size or more.
     *
     * @param latent {@code [channels, height, width]}
     */
    RgbImage picture(float[] latent, int height, int width);

    /** Frees the memory; pictures can still be made. */
    @Override
    default void close() {}
}
