package dev.darkroom.http.fooocus;

import dev.darkroom.http.Schema;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The contract that {@code openapi/fooocus.yaml} holds, loaded once for all verticles.
 *
 * @param published whole, as JSON
 * @param routed the router's copy: without the media types that vertx-openapi 5.0 refuses to load, and without the
 *     files below {@code /outputs}, whose path has more than one part
 * @param generate the body of a request for images
 * @param listParameters the query of {@code /tasks}, by name
 */
public record FooocusContract(
        Buffer published, OpenAPIContract routed, Schema.Structure generate, Map<String, Schema> listParameters) {

    private static final String RESOURCE = "openapi/fooocus.yaml";

    public FooocusContract {
        listParameters = Map.copyOf(listParameters);
    }

    /** Reads and checks the contract, on a worker thread. */
    public static Future<FooocusContract> load(Vertx vertx) {
        return vertx.executeBlocking(FooocusContract::parse, false).compose(whole -> {
            JsonObject copy = whole.copy();
            stripForRouter(copy);
            return OpenAPIContract.from(vertx, copy).map(routed -> of(whole, routed));
        });
    }

    private static FooocusContract of(JsonObject whole, OpenAPIContract routed) {
        Map<String, Object> schemas = whole.getJsonObject("components")
                .getJsonObject("schemas")
                .copy()
                .getMap();
        Map<String, Object> plain = plain(schemas);
        Schema.Structure body = (Schema.Structure) Schema.compile(plain(child(plain, "CommonRequest")), plain);
        Map<String, Schema> parameters = new LinkedHashMap<>();
        whole.getJsonObject("paths")
                .getJsonObject("/tasks")
                .getJsonObject("get")
                .getJsonArray("parameters")
                .forEach(element -> {
                    JsonObject parameter = (JsonObject) element;
                    Map<String, Object> schema =
                            plain(parameter.getJsonObject("schema").getMap());
                    parameters.put(parameter.getString("name"), Schema.compile(schema, plain));
                });
        return new FooocusContract(whole.toBuffer(), routed, body, parameters);
    }

    private static JsonObject parse() {
        try (InputStream in = FooocusContract.class.getClassLoader().getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + RESOURCE);
            }
            Map<String, Object> yaml = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
            return new JsonObject(new JsonObject(yaml).toBuffer());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void stripForRouter(JsonObject contract) {
        // a relative address, which OpenAPI allows, is refused too
        contract.remove("servers");
        JsonObject paths = contract.getJsonObject("paths");
        paths.remove("/outputs/{path}");
        for (String path : paths.fieldNames()) {
            JsonObject operations = paths.getJsonObject(path);
            for (String method : operations.fieldNames()) {
                JsonObject responses = operations.getJsonObject(method).getJsonObject("responses");
                for (String status : responses.fieldNames()) {
                    JsonObject content = responses.getJsonObject(status).getJsonObject("content");
                    if (content != null) {
                        content.fieldNames().stream()
                                .filter(type -> !type.equals("application/json"))
                                .toList()
                                .forEach(content::remove);
                    }
                }
            }
        }
    }

    private static Map<String, Object> child(Map<String, Object> map, String key) {
        return plain((Map<?, ?>) map.get(key));
    }

    /** Returns {@code map} with JSON objects and arrays as maps and lists. */
    private static Map<String, Object> plain(Map<?, ?> map) {
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, value) -> copy.put(String.valueOf(key), plainValue(value)));
        return copy;
    }

    private static Object plainValue(Object value) {
        if (value instanceof JsonObject object) {
            return plain(object.getMap());
        }
        if (value instanceof Map<?, ?> map) {
            return plain(map);
        }
        if (value instanceof io.vertx.core.json.JsonArray array) {
            return array.stream().map(FooocusContract::plainValue).toList();
        }
        if (value instanceof java.util.List<?> list) {
            // null elements do not occur in the contract
            return list.stream().map(FooocusContract::plainValue).toList();
        }
        return value;
    }
}
