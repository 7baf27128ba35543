package dev.darkroom.model.install;

/** A model could not be installed. The message is one sentence for the person who asked. */
public final class InstallException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence */
    public InstallException(String message) {
        super(message);
    }

    /** @param message one sentence */
    public InstallException(String message, Throwable cause) {
        super(message, cause);
    }
}
