package dev.darkroom.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Knows under which address a client sees this server. */
public final class PublicAddress {

    private static final Pattern AUTHORITY = Pattern.compile("[A-Za-z0-9._~\\-\\[\\]:%]{1,255}");

    private final String configured;
    private final List<AddressRange> proxies;
    private final String host;

    PublicAddress(HttpConfig config) {
        configured = config.publicUrl();
        proxies = config.trustedProxies();
        host = config.host();
    }

    /** Returns what stands before a path, such as {@code http://127.0.0.1:7866}. */
    public String of(HttpServerRequest request) {
        if (!configured.isEmpty()) {
            return configured;
        }
        String scheme = request.scheme();
        @Nullable HostAndPort authority = request.authority();
        String seen = authority == null ? host + ":" + request.localAddress().port() : authority.toString();
        if (!proxies.isEmpty() && isProxy(request.remoteAddress().hostAddress())) {
            String forwardedScheme = first(request.getHeader("X-Forwarded-Proto"));
            if ("http".equals(forwardedScheme) || "https".equals(forwardedScheme)) {
                scheme = forwardedScheme;
            }
            String forwardedHost = first(request.getHeader("X-Forwarded-Host"));
            if (forwardedHost != null && AUTHORITY.matcher(forwardedHost).matches()) {
                seen = forwardedHost;
            }
        }
        return scheme + "://" + seen;
    }

    private boolean isProxy(@Nullable String address) {
        return address != null && proxies.stream().anyMatch(range -> range.contains(address));
    }

    private static @Nullable String first(@Nullable String list) {
        if (list == null) {
            return null;
        }
        int comma = list.indexOf(',');
        return (comma < 0 ? list : list.substring(0, comma)).trim();
    }
}
