package dev.darkroom.http;

import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.SecurityPolicyHandler;
import java.util.Optional;

/** Lets nobody past without a key, where keys are configured; stands before the body is read. */
public final class ApiKeyGuard implements SecurityPolicyHandler {

    private static final String OWNER = "darkroom.owner";

    private final AuthConfig auth;

    ApiKeyGuard(AuthConfig auth) {
        this.auth = auth;
    }

    @Override
    public void handle(RoutingContext context) {
        Optional<String> owner = auth.ownerOf(context.request().getHeader("X-API-KEY"));
        if (owner.isEmpty()) {
            context.fail(ApiException.of(403, "Forbidden"));
            return;
        }
        context.put(OWNER, owner.get());
        context.next();
    }

    /** Returns whose key opened this exchange; empty text where none is needed. */
    public static String owner(RoutingContext context) {
        return context.get(OWNER, "");
    }
}
