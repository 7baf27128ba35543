package dev.darkroom.http;

import dev.darkroom.settings.Settings;
import io.netty.util.NetUtil;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * How the server meets its clients.
 *
 * @param host the address that is listened on
 * @param port 0 to 65535; 0 takes a free one
 * @param publicUrl what stands before {@code /outputs/} in results, without a slash at its end; empty to take each
 *     request's own host
 * @param trustedProxies whose {@code X-Forwarded-Proto} and {@code X-Forwarded-Host} are believed
 * @param corsOrigins web pages that may call; empty for pages of this machine, on any port
 * @param bodyLimit bytes of a request's body
 * @param receiveTimeout how long a request may take to arrive, and a connection to stay without one
 * @param abandonAfter how long the task of a client that left waits for somebody to ask for it
 * @param heartbeat the longest silence on an event stream
 * @param maxStreams event streams that may be open at once on this node
 */
public record HttpConfig(
        String host,
        int port,
        String publicUrl,
        List<AddressRange> trustedProxies,
        List<String> corsOrigins,
        long bodyLimit,
        Duration receiveTimeout,
        Duration abandonAfter,
        Duration heartbeat,
        int maxStreams) {

    private static final long BODY_LIMIT = 20L << 20;

    public HttpConfig {
        trustedProxies = List.copyOf(trustedProxies);
        corsOrigins = List.copyOf(corsOrigins);
    }

    /** Reads {@code http.*}; values that do not fit are noted in {@code settings}. */
    public static HttpConfig from(Settings settings) {
        return new HttpConfig(
                settings.text("http.host", "127.0.0.1", host -> !host.isEmpty(), "a host name or an address"),
                settings.integer("http.port", 7866, 0, 65_535),
                readPublicUrl(settings, "http.public-url"),
                ranges(settings),
                origins(settings),
                positive(settings, "http.body-limit", settings.size("http.body-limit", BODY_LIMIT), BODY_LIMIT),
                span(settings, "http.receive-timeout", Duration.ofSeconds(60), Duration.ofSeconds(1)),
                span(settings, "http.abandon-after", Duration.ofSeconds(10), Duration.ofMillis(100)),
                span(settings, "http.heartbeat", Duration.ofSeconds(15), Duration.ofSeconds(1)),
                settings.integer("http.max-streams", 20_000, 1, 1_000_000));
    }

    /** Returns the same on another port and under another public address. */
    HttpConfig at(int otherPort, String otherPublicUrl) {
        return new HttpConfig(
                host,
                otherPort,
                otherPublicUrl,
                trustedProxies,
                corsOrigins,
                bodyLimit,
                receiveTimeout,
                abandonAfter,
                heartbeat,
                maxStreams);
    }

    /** Tells whether only this machine can reach {@link #host()}. */
    public boolean loopbackOnly() {
        if (host.equalsIgnoreCase("localhost")) {
            return true;
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        return address != null && AddressRange.isLoopback(address);
    }

    /** Reads what stands before paths in results, without a slash at its end; empty for the request's host. */
    public static String readPublicUrl(Settings settings, String key) {
        return withoutSlash(settings.text(
                key, "", url -> url.isEmpty() || isWebAddress(url), "a URL that begins with http:// or https://"));
    }

    private static String withoutSlash(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
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

    private static List<AddressRange> ranges(Settings settings) {
        return settings.list("http.trusted-proxies", List.of()).stream()
                .map(text -> AddressRange.parse(text).orElseGet(() -> {
                    settings.reject(
                            "http.trusted-proxies",
                            "expected addresses such as 10.0.0.7 or 10.0.0.0/8, found \"%s\"".formatted(text));
                    return AddressRange.NONE;
                }))
                .toList();
    }

    private static List<String> origins(Settings settings) {
        List<String> origins = settings.list("http.cors-origins", List.of());
        for (String origin : origins) {
            if (!isWebAddress(origin) || !URI.create(origin).getPath().isEmpty()) {
                settings.reject(
                        "http.cors-origins",
                        "expected origins such as https://example.org, found \"%s\"".formatted(origin));
            }
        }
        return origins;
    }

    private static long positive(Settings settings, String key, long value, long fallback) {
        if (value >= 1024) {
            return value;
        }
        settings.reject(key, "expected at least 1 KiB, found %d bytes".formatted(value));
        return fallback;
    }

    private static Duration span(Settings settings, String key, Duration fallback, Duration least) {
        Duration value = settings.duration(key, fallback);
        if (value.compareTo(least) >= 0) {
            return value;
        }
        settings.reject(key, "expected at least %d ms".formatted(least.toMillis()));
        return fallback;
    }
}
