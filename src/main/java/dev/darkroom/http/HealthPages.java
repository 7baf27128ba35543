package dev.darkroom.http;

import dev.darkroom.bus.Membership;
import dev.darkroom.bus.ModelMessage;
import dev.darkroom.bus.StoreMessage;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Tells whether the server lives and whether it can work. */
public final class HealthPages {

    private final TaskDesk tasks;
    private final ModelDesk models;

    private final BooleanSupplier draining;

    /** @param draining whether the node is being stopped; from any thread */
    HealthPages(TaskDesk tasks, ModelDesk models, BooleanSupplier draining) {
        this.tasks = tasks;
        this.models = models;
        this.draining = draining;
    }

    /** Answers from the event loop alone. */
    public void live(RoutingContext context) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .end("{\"status\":\"live\"}");
    }

    /** Answers 503 until the default model is warm, while the database does not answer, and once the node is to stop. */
    public void ready(RoutingContext context) {
        Future<ModelMessage.@Nullable Catalogue> catalogue = models.catalogue().otherwiseEmpty();
        Future<StoreMessage.@Nullable Counts> counts = tasks.count().otherwiseEmpty();
        Future.all(catalogue, counts)
                .onSuccess(both -> answer(context, catalogue.result(), counts.result()))
                .onFailure(context::fail);
    }

    /** How a node is, and why it is not to be sent requests; null when it is. */
    private record State(String name, @Nullable String reason) {}

    private State state(boolean modelReady, boolean databaseThere) {
        if (draining.getAsBoolean()) {
            return new State(
                    "draining",
                    "This node is being stopped. Its tasks are kept, and go on elsewhere or at its next start.");
        }
        if (!databaseThere) {
            return new State("unavailable", "The database does not answer.");
        }
        return modelReady ? new State("ready", null) : new State("starting", "The default model is not in memory yet.");
    }

    private void answer(
            RoutingContext context, ModelMessage.@Nullable Catalogue models, StoreMessage.@Nullable Counts counts) {
        boolean modelReady = models != null && models.ready();
        State state = state(modelReady, counts != null);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("status", state.name());
        body.put("reason", state.reason());
        body.put("model", models == null ? null : models.defaultModel());
        body.put("model_ready", modelReady);
        body.put("device", models == null ? null : models.device());
        body.put("device_reason", models == null ? null : models.deviceReason());
        body.put("database", counts == null ? "unavailable" : "available");
        if (context.vertx().isClustered()) {
            body.put("nodes", Membership.nodes(context.vertx()));
        }
        body.put("queue", counts == null ? Map.of() : byState(counts));
        context.response()
                .setStatusCode(state.reason() == null ? 200 : 503)
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .end(Json.encode(body));
    }

    private static Map<String, Long> byState(StoreMessage.Counts counts) {
        Map<String, Long> states = new LinkedHashMap<>();
        states.put("pending", counts.pending());
        states.put("running", counts.running());
        states.put("finished", counts.finished());
        states.put("stopped", counts.stopped());
        states.put("failed", counts.failed());
        states.put("timed_out", counts.timedOut());
        return states;
    }
}
