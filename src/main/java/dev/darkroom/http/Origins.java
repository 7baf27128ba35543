package dev.darkroom.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may call, and which may change something. Origins that are not allowed get an answer without CORS
 * headers, so that a browser keeps it from the page.
 */
public final class Origins {

    private static final Pattern LOOPBACK =
            Pattern.compile("https?://(localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1])(:\\d+)?");

    private final Set<String> configured;

    Origins(HttpConfig config) {
        configured = Set.copyOf(config.corsOrigins());
    }

    /** Sets CORS headers; answers preflight requests. */
    void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = context.response();
        // without an origin, too: a cache must not give a page what it keeps of somebody's answer without one
        response.putHeader(HttpHeaderNames.VARY, "Origin");
        String origin = request.getHeader(HttpHeaderNames.ORIGIN);
        if (origin == null) {
            context.next();
            return;
        }
        boolean allowed = allows(origin);
        if (allowed) {
            response.putHeader(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .putHeader(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true")
                    .putHeader(HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS, "X-Task-Id, Retry-After, ETag");
        }
        boolean preflight = request.method() == HttpMethod.OPTIONS
                && request.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
        if (!preflight) {
            context.next();
            return;
        }
        if (allowed) {
            String headers = request.getHeader(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
            response.putHeader(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, DELETE, OPTIONS")
                    .putHeader(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, "600");
            if (headers != null) {
                response.putHeader(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, headers);
            }
        }
        response.setStatusCode(204).end();
    }

    /** Tells whether pages of {@code origin} may read answers. */
    boolean allows(String origin) {
        return configured.isEmpty() ? LOOPBACK.matcher(origin).matches() : configured.contains(origin);
    }

    /**
     * Refuses what a browser sends on behalf of a foreign page, for requests that change something without being
     * preflighted.
     *
     * @throws ApiException 403
     */
    public void refuseForeign(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaderNames.ORIGIN);
        if (origin != null ? !allows(origin) && !isOwn(request, origin) : isCrossSite(request)) {
            throw ApiException.of(403, "A page of another site may not do this.");
        }
    }

    private static boolean isCrossSite(HttpServerRequest request) {
        @Nullable String site = request.getHeader("Sec-Fetch-Site");
        return "cross-site".equals(site) || "same-site".equals(site);
    }

    private static boolean isOwn(HttpServerRequest request, String origin) {
        return request.authority() != null
                && origin.equals(request.scheme() + "://" + request.authority().toString());
    }
}
