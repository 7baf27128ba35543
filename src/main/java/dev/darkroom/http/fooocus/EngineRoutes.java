package dev.darkroom.http.fooocus;

import dev.darkroom.bus.ModelMessage;
import dev.darkroom.http.ModelDesk;
import dev.darkroom.prompt.Styles;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lists models and styles. */
public final class EngineRoutes {

    private final ModelDesk models;
    private final Styles styles;

    public EngineRoutes(ModelDesk models, Styles styles) {
        this.models = models;
        this.styles = styles;
    }

    /** Lists models after reading their folder again. */
    public void models(RoutingContext context) {
        models.rescan().onFailure(context::fail).onSuccess(catalogue -> {
            Map<String, List<String>> names = new LinkedHashMap<>();
            names.put(
                    "model_filenames",
                    catalogue.models().stream()
                            .filter(model -> model.state() != ModelMessage.ModelState.REFUSED)
                            .map(ModelMessage.ModelEntry::name)
                            .toList());
            names.put("lora_filenames", List.of());
            json(context, Json.encode(names));
        });
    }

    /** Reads the folder again, and tells of each model how it stands. */
    public void rescan(RoutingContext context) {
        models.rescanAndRetry().onFailure(context::fail).onSuccess(catalogue -> {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("default_model", catalogue.defaultModel());
            answer.put(
                    "models",
                    catalogue.models().stream().map(EngineRoutes::entry).toList());
            json(context, Json.encode(answer));
        });
    }

    private static Map<String, Object> entry(ModelMessage.ModelEntry model) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("name", model.name());
        entry.put("state", model.state().name().toLowerCase(Locale.ROOT));
        entry.put("problem", model.problem());
        entry.put("description", model.description());
        return entry;
    }

    /** Lists styles. */
    public void styles(RoutingContext context) {
        json(context, Json.encode(styles.names()));
    }

    private static void json(RoutingContext context, String body) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .end(body);
    }
}
