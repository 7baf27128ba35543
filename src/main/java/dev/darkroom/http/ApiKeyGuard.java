package dev.darkroom.http;

import dev.darkroom.http.AuthConfig.ApiKey;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SecurityPolicyHandler;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Lets nobody past without a key, where keys are configured; stands before the body is read. */
public final class ApiKeyGuard implements SecurityPolicyHandler {

    private static final String KEY = "darkroom.key";

    private final AuthConfig auth;

    ApiKeyGuard(AuthConfig auth) {
        this.auth = auth;
    }

    @Override
    public void handle(RoutingContext context) {
        Optional<ApiKey> key = auth.keyOf(context.request().getHeader("X-API-KEY"));
        if (key.isEmpty()) {
            context.fail(ApiException.of(403, "Forbidden"));
            return;
        }
        context.put(KEY, key.get());
        context.next();
    }

    /** Returns the key that opened this exchange; everybody's where none is needed. */
    public static ApiKey key(RoutingContext context) {
        return context.get(KEY, ApiKey.ANYBODY);
    }

    /** Returns who submits in this exchange: the key's name, or empty text where none is needed. */
    public static String owner(RoutingContext context) {
        return key(context).name();
    }

    /** Returns whose tasks this exchange may see, stop and delete: the owner's, or null for everybody's. */
    public static @Nullable String reach(RoutingContext context) {
        ApiKey key = key(context);
        return key.admin() ? null : key.name();
    }
}
