package dev.darkroom.http.fooocus;

import dev.darkroom.diffusion.Samplers;
import dev.darkroom.image.GenerationParameters;
import dev.darkroom.prompt.Presets;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** Lists what some of a request's fields may hold: each answer is an array of names. */
final class NameLists {

    private final Presets presets;

    NameLists(Presets presets) {
        this.presets = presets;
    }

    void samplers(RoutingContext context) {
        answer(context, Samplers.names());
    }

    void schedulers(RoutingContext context) {
        answer(context, Samplers.schedules());
    }

    void vaes(RoutingContext context) {
        answer(context, List.of(GenerationParameters.OWN_VAE));
    }

    void presets(RoutingContext context) {
        answer(context, presets.names());
    }

    private static void answer(RoutingContext context, List<String> names) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .end(Json.encode(names));
    }
}
