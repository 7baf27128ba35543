package dev.darkroom.image;

/** A picture can't be read or written. The message is one sentence for the picture's owner. */
public final class ImageException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence */
    public ImageException(String message) {
        super(message);
    }

    /**
     * @param message one sentence
     * @param cause what the codec said
     */
    public ImageException(String message, Throwable cause) {
        super(message, cause);
    }
}
