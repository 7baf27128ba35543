package dev.darkroom.settings;

/** The settings can't be read at all. The message is one sentence for who wrote them. */
public final class SettingsException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence */
    public SettingsException(String message) {
        super(message);
    }
}
