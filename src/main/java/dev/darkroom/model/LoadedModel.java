package dev.darkroom.model;

import dev.darkroom.image.RgbImage;
import org.jspecify.annotations.Nullable;

/**
 * A model in memory. Every method that computes blocks, belongs on a device's lane, and is called by one thread at a
 * time; {@link #traits()} and {@link #preview} may be called from any thread.
 */
public interface LoadedModel extends AutoCloseable {

    /** Returns what its folder says. */
    ModelTraits traits();

    /** Returns the network that sampling calls. */
    Denoiser denoiser();

    /**
     * Returns the blur of guidance's sharpness on the model's device, or null where plain Java does it faster. It
     * is closed with the model.
     */
    default @Nullable EdgePreservingBlur blur() {
        return null;
    }

    /**
     * Encodes a text, the empty one included. Brackets give words weight: {@code (more)}, {@code (this:1.3)},
     * {@code [less]}.
     *
     * @param clipSkip which of the encoder's last layers, from 1; ignored by encoders that offer one only
     */
    Conditioning encode(String text, int clipSkip) throws ModelException;

    /** Returns how many tokens of a text it reads, marks included; what goes beyond them is lost. */
    default int textTokens() {
        return 77;
    }

    /**
     * Encodes what a picture should not show. SDXL was trained with zeros where there is no text; elsewhere it is
     * {@link #encode}.
     *
     * @param clipSkip see {@link #encode}
     */
    default Conditioning encodeNegative(String text, int clipSkip) throws ModelException {
        return encode(text, clipSkip);
    }

    /**
     * Turns a latent into a picture.
     *
     * @param latent {@code [channels, height, width]}
     * @param height of the latent
     * @param width of the latent
     * @throws ModelException if the call fails or the latent holds a number that is none (NaN)
     */
    RgbImage decode(float[] latent, int height, int width) throws ModelException;

    /**
     * Turns a latent into a small picture without a network, by a linear map from channels to colours.
     *
     * @param latent {@code [channels, height, width]}
     * @param height of the latent
     * @param width of the latent
     */
    RgbImage preview(float[] latent, int height, int width);

    /**
     * Ends the call in flight, from any thread: it throws a {@link ModelException} within some 100 ms. Without a call in
     * flight nothing happens. The caller knows that it cancelled; the model can be used again.
     */
    default void cancel() {}

    /** Frees the memory. A call in flight must have ended. */
    @Override
    void close();
}
