package dev.darkroom;

import java.util.List;

/** The settings can't be used. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param mistakes one sentence each, beginning with the key */
    public ConfigurationException(List<String> mistakes) {
        super(String.join(System.lineSeparator(), mistakes));
    }
}
