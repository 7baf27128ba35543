package dev.darkroom.output;

import dev.darkroom.settings.Settings;
import java.net.URI;
import java.time.Duration;

/**
 * How nodes share their pictures.
 *
 * @param enabled whether there are other nodes at all
 * @param secret what the nodes prove to each other that they know; empty for one that the database keeps
 * @param host the address that other nodes are listened to at
 * @param port 0 to 65535; 0 takes a free one
 * @param url how other nodes reach that address; empty for {@code http://host:port}
 * @param lostAfter silence after which a node's pictures get new copies elsewhere
 * @param cache bytes of other nodes' pictures that are kept here to be served again
 * @param storage object storage, if there is any
 */
public record SharingConfig(
        boolean enabled,
        String secret,
        String host,
        int port,
        String url,
        Duration lostAfter,
        long cache,
        ObjectStorageConfig storage) {

    private static final int LEAST_SECRET = 16;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final long GIBIBYTE = 1L << 30;

    /** Reads {@code cluster.*} as far as pictures go, and {@code object-storage.*}. */
    public static SharingConfig from(Settings settings) {
        boolean enabled = settings.flag("cluster.share-images", settings.flag("cluster.enabled", false));
        String secret = settings.text("cluster.secret", "");
        if (!secret.isEmpty() && secret.length() < LEAST_SECRET) {
            settings.reject("cluster.secret", "expected at least %d characters, or nothing".formatted(LEAST_SECRET));
        }
        Duration lostAfter = settings.duration("cluster.lost-after", HOUR);
        if (lostAfter.toSeconds() < 1) {
            settings.reject("cluster.lost-after", "expected at least 1 s");
            lostAfter = HOUR;
        }
        return new SharingConfig(
                enabled,
                secret,
                settings.text(
                        "cluster.images-host",
                        settings.text("cluster.host", "127.0.0.1"),
                        host -> !host.isEmpty(),
                        "a host name or an address"),
                settings.integer("cluster.images-port", 0, 0, 65_535),
                settings.text(
                        "cluster.images-url",
                        "",
                        url -> url.isEmpty() || isWebAddress(url),
                        "a URL that begins with http:// or https://"),
                lostAfter,
                settings.size("cluster.image-cache", GIBIBYTE),
                ObjectStorageConfig.from(settings));
    }

    /** Tells whether pictures are known beyond this node: to other nodes, or in object storage. */
    public boolean isUsed() {
        return enabled || storage.isUsed();
    }

    static boolean isWebAddress(String text) {
        try {
            URI uri = URI.create(text);
            return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getQuery() == null
                    && uri.getFragment() == null;
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }

    /** Says nothing secret. */
    @Override
    public String toString() {
        return "sharing %s at %s:%d, object storage %s".formatted(enabled ? "on" : "off", host, port, storage);
    }
}
