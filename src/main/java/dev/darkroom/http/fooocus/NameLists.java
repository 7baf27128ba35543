package dev.darkroom.http.fooocus;

import dev.darkroom.diffusion.Samplers;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** Lists what some of a request's fields may hold: each answer is an array of names. */
final class NameLists {

    private static final String MODELS_OWN_VAE = "Default (model)";

    private final PresetNames presets;

    NameLists(PresetNames presets) {
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
        answer(context, presets.all());
    }

    private static void answer(RoutingContext context, List<String> names) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .end(Json.encode(names));
    }
}
