package dev.darkroom.http.fooocus;

import dev.darkroom.diffusion.Samplers;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Vertx;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;

/** Lists what some of a request's fields may hold: each answer is an array of names. */
final class NameLists {

    /** The preset of requests that name none. */
    private static final String NO_PRESET = "initial";

    private static final String MODELS_OWN_VAE = "Default (model)";

    private final Vertx vertx;
    private final PresetNames presets;

    NameLists(Vertx vertx, PresetNames presets) {
        this.vertx = vertx;
        this.presets = presets;
    }

    void samplers(RoutingContext context) {
        answer(context, Samplers.names());
    }

    void schedulers(RoutingContext context) {
        answer(context, Samplers.schedules());
    }

    void vaes(RoutingContext context) {
        answer(context, List.of(MODELS_OWN_VAE));
    }

    void presets(RoutingContext context) {
        vertx.executeBlocking(presets::all, false).onFailure(context::fail).onSuccess(found -> {
            List<String> names = new ArrayList<>();
            names.add(NO_PRESET);
            found.stream().filter(name -> !name.equals(NO_PRESET)).forEach(names::add);
            answer(context, names);
        });
    }

    private static void answer(RoutingContext context, List<String> names) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .end(Json.encode(names));
    }
}
