package dev.darkroom.text;

/** A tokenizer's files are missing or not what they should be. The message is one sentence. */
public final class TokenizerException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence */
    public TokenizerException(String message) {
        super(message);
    }

    /**
     * @param message one sentence
     * @param cause what the file system or the JSON parser said
     */
    public TokenizerException(String message, Throwable cause) {
        super(message, cause);
    }
}
