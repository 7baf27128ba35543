package dev.darkroom;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.ModelMessage;
import dev.darkroom.http.HttpConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Tells a node's operator in one line what stands, and what to try first. */
final class StartLine {

    private StartLine() {}

    /** Returns the line once the models folder is read. */
    static Future<String> of(Configuration configuration, int port, String database, Vertx vertx) {
        return vertx.eventBus()
                .<ModelMessage.Catalogue>request(Addresses.MODELS, new ModelMessage.ListModels())
                .map(reply -> line(configuration, port, database, reply.body()));
    }

    private static String line(Configuration configuration, int port, String database, ModelMessage.Catalogue models) {
        HttpConfig http = configuration.http();
        String url = http.publicUrl().isEmpty() ? "http://%s:%d".formatted(host(http.host()), port) : http.publicUrl();
        String model = models.defaultModel() == null
                ? "no model yet (this brings one into %s: darkroom models add <url or path>)"
                        .formatted(configuration.models().folder())
                : "model " + models.defaultModel() + (models.ready() ? "" : " (loading)");
        String nodes = configuration.cluster().enabled()
                ? " | node of the cluster %s".formatted(configuration.cluster().name())
                : "";
        if (!configuration.roles().http()) {
            return "Darkroom is ready at %s, for its health alone | %s | %s (%s) | %s%s"
                    .formatted(url, model, models.device(), models.deviceReason(), database, nodes);
        }
        String key = configuration.auth().keys().isEmpty() ? "" : "-H 'X-API-KEY: ...' ";
        return """
                Darkroom is ready at %s | %s | %s (%s) | %s%s | try: \
                curl %s-H 'Accept: image/png' -H 'Content-Type: application/json' \
                -d '{"prompt":"a dog playing with a ball"}' -o dog.png %s/v1/engine/generate""".formatted(url, model, models.device(), models.deviceReason(), database, nodes, key, url);
    }

    /** An IPv6 address stands in brackets; one that means every interface is reached on this one. */
    private static String host(String host) {
        if (host.equals("0.0.0.0") || host.equals("::")) {
            return "127.0.0.1";
        }
        return host.contains(":") ? "[" + host + "]" : host;
    }
}
