package dev.darkroom.output;

/** The output folder can't be used. The message is one sentence for whoever runs the server. */
public final class OutputFolderException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one sentence
     * @param cause what the file system said
     */
    public OutputFolderException(String message, Throwable cause) {
        super(message, cause);
    }
}
