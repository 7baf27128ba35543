package dev.darkroom.trace;

import dev.darkroom.settings.Settings;
import java.net.URI;

/**
 * Whether and where traces are sent.
 *
 * @param enabled whether anything is traced
 * @param endpoint a collector's URL for OTLP over HTTP, without {@code /v1/traces}
 * @param serviceName under which the collector shows this node
 * @param sampling share of the traces that begin here which is sent, from 0 to 1
 * @param prompts whether a task's span has its prompt
 */
public record TracingConfig(boolean enabled, String endpoint, String serviceName, double sampling, boolean prompts) {

    private static final String ENDPOINT = "http://127.0.0.1:4318";

    /** Reads {@code tracing.*}; values that do not fit are noted in {@code settings}. */
    public static TracingConfig from(Settings settings) {
        return new TracingConfig(
                settings.flag("tracing.enabled", false),
                settings.text("tracing.endpoint", ENDPOINT, TracingConfig::isUrl, "a URL such as " + ENDPOINT),
                settings.text("tracing.service-name", "darkroom", name -> !name.isEmpty(), "a name"),
                Double.parseDouble(
                        settings.text("tracing.sampling", "1", TracingConfig::isShare, "a number from 0 to 1")),
                settings.flag("tracing.prompts", false));
    }

    private static boolean isUrl(String text) {
        try {
            URI url = URI.create(text);
            return ("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    private static boolean isShare(String text) {
        try {
            double share = Double.parseDouble(text);
            return share >= 0 && share <= 1;
        } catch (NumberFormatException notANumber) {
            return false;
        }
    }
}
