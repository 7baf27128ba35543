package dev.darkroom.http.webhook;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Where a webhook goes.
 *
 * @param secure over TLS
 * @param host a name, or an address without brackets
 * @param port 1 to 65535
 * @param path with its query
 */
record WebhookTarget(boolean secure, String host, int port, String path) {

    private static final int MOST_PORT = 65_535;
    private static final String NOT_PLAIN = "\"<>\\^`{|}";

    /**
     * Reads a URL.
     *
     * @throws IllegalArgumentException if it is none over HTTP
     */
    static WebhookTarget parse(String url) {
        try {
            URI uri = new URI(escaped(url));
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            String host = uri.getHost();
            boolean secure = scheme.equals("https");
            if (host == null || !secure && !scheme.equals("http") || uri.getPort() > MOST_PORT || uri.getPort() == 0) {
                throw new IllegalArgumentException("not an address over HTTP");
            }
            int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
            String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
            String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
            return new WebhookTarget(secure, bare, port, path + query);
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }

    /** Writes as octets what a URL may not hold, as other clients do before they send. */
    private static String escaped(String url) {
        StringBuilder escaped = new StringBuilder(url.length());
        for (byte octet : url.getBytes(StandardCharsets.UTF_8)) {
            char letter = (char) (octet & 0xff);
            boolean plain = letter > ' ' && letter < 0x7f && NOT_PLAIN.indexOf(letter) < 0;
            escaped.append(plain ? String.valueOf(letter) : "%%%02X".formatted((int) letter));
        }
        return escaped.toString();
    }
}
