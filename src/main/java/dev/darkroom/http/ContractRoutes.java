package dev.darkroom.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.openapi.router.OpenAPIRoute;
import io.vertx.ext.web.openapi.router.RequestExtractor;
import io.vertx.ext.web.openapi.router.RouterBuilder;
import io.vertx.openapi.contract.MediaType;
import io.vertx.openapi.contract.Operation;
import java.util.LinkedHashMap;
import java.util.Map;

/** Builds a router from a contract: each operation has its handler, and there is no route beside them. */
public final class ContractRoutes {

    private final Vertx vertx;
    private final Contract contract;
    private final HttpDesk desk;

    public ContractRoutes(Vertx vertx, Contract contract, HttpDesk desk) {
        this.vertx = vertx;
        this.contract = contract;
        this.desk = desk;
    }

    /**
     * Returns the router.
     *
     * @param handlers by the name of the operation
     * @throws IllegalStateException if an operation of the contract has no handler, or a handler no operation
     */
    public Router router(Map<String, Handler<RoutingContext>> handlers) {
        Map<String, Handler<RoutingContext>> left = new LinkedHashMap<>(handlers);
        RouterBuilder builder = RouterBuilder.create(vertx, contract.routed(), RequestExtractor.withBodyHandler());
        for (Operation operation : contract.routed().operations()) {
            Handler<RoutingContext> handler = left.remove(operation.getOperationId());
            if (handler == null) {
                throw new IllegalStateException("no handler for the operation " + operation.getOperationId());
            }
            // the guard and RequestReader do both, before the body and in FastAPI's words
            OpenAPIRoute route = builder.getRoute(operation.getOperationId())
                    .setDoSecurity(false)
                    .setDoValidation(false);
            if (!operation.getSecurityRequirements().isEmpty()) {
                route.addHandler(desk.guard());
            }
            if (operation.getRequestBody() != null) {
                addBody(route, operation);
            }
            route.addHandler(handler);
        }
        if (!left.isEmpty()) {
            throw new IllegalStateException("the contract has no operation for " + left.keySet());
        }
        return builder.createRouter();
    }

    private void addBody(OpenAPIRoute route, Operation operation) {
        BodyHandler plain = BodyHandler.create(false).setBodyLimit(desk.config().bodyLimit());
        if (!operation.getRequestBody().getContent().containsKey(MediaType.MULTIPART_FORM_DATA)) {
            route.addHandler(plain);
            return;
        }
        FormHandler form = new FormHandler(desk.config().bodyLimit());
        route.addHandler(context -> {
            if (Form.isForm(context.request().getHeader(HttpHeaderNames.CONTENT_TYPE))) {
                form.handle(context);
            } else {
                plain.handle(context);
            }
        });
    }
}
