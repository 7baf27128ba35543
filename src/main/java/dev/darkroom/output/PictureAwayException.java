package dev.darkroom.output;

/** There is such a picture, but nobody who has it answers now. The message is a sentence for the client. */
public final class PictureAwayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PictureAwayException(String message, Throwable cause) {
        super(message, cause);
    }
}
