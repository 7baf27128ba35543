package dev.darkroom.http.legacy;

import dev.darkroom.http.HttpConfig;
import dev.darkroom.settings.Settings;

/**
 * Whether and where the older Fooocus-API is served.
 *
 * @param enabled it is
 * @param port 0 to 65535; 0 takes a free one
 * @param publicUrl what stands before {@code /files/} in results, without a slash at its end; empty to take each
 *     request's own host
 */
public record LegacyConfig(boolean enabled, int port, String publicUrl) {

    private static final int PORT = 8888;

    /** Reads {@code legacy.*}; values that do not fit are noted in {@code settings}. */
    public static LegacyConfig from(Settings settings, HttpConfig http) {
        LegacyConfig config = new LegacyConfig(
                settings.flag("legacy.enabled", false),
                settings.integer("legacy.port", PORT, 0, 65_535),
                HttpConfig.readPublicUrl(settings, "legacy.public-url"));
        if (config.enabled() && config.port() == http.port() && config.port() != 0) {
            settings.reject("legacy.port", "%d is http.port already".formatted(config.port()));
        }
        return config;
    }
}
