package dev.darkroom.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * An OpenAPI contract from the class path, loaded once for all verticles.
 *
 * @param published whole, as JSON
 * @param routed the router's copy: without the media types that vertx-openapi 5.0 refuses to load, and without the
 *     paths that other handlers serve
 * @param structures the bodies that requests may have, by the names of their schemas
 * @param whole the contract as maps and lists; not to be changed
 */
public record Contract(
        Buffer published, OpenAPIContract routed, Map<String, Schema.Structure> structures, Map<String, Object> whole) {

    /** All that vertx-openapi loads, and of it what our contracts use. */
    private static final Set<String> LOADABLE = Set.of("application/json", "multipart/form-data");

    /**
     * Reads and checks a contract, on a worker thread.
     *
     * @param resource a YAML file on the class path
     * @param bodies the schemas in {@code components} that requests are read by, objects all
     * @param beside paths that other handlers than the router's serve, such as files whose path has several parts
     */
    public static Future<Contract> load(Vertx vertx, String resource, Set<String> bodies, Set<String> beside) {
        return vertx.executeBlocking(() -> Read.of(parse(resource), bodies, beside), false)
                .compose(read -> OpenAPIContract.from(vertx, read.routed())
                        .map(routed -> new Contract(read.published(), routed, read.structures(), read.whole())));
    }

    private record Read(
            Buffer published, JsonObject routed, Map<String, Schema.Structure> structures, Map<String, Object> whole) {

        static Read of(JsonObject contract, Set<String> bodies, Set<String> beside) {
            JsonObject routed = contract.copy();
            stripForRouter(routed, beside);
            Map<String, Object> whole = plain(contract.getMap());
            Map<String, Object> schemas = child(child(whole, "components"), "schemas");
            Map<String, Schema.Structure> structures = new LinkedHashMap<>();
            bodies.forEach(name ->
                    structures.put(name, (Schema.Structure) Schema.compile(child(schemas, name), schemas)));
            return new Read(contract.toBuffer(), routed, structures, whole);
        }
    }

    /**
     * Returns the schema of a body.
     *
     * @throws IllegalArgumentException if it was not among those to be loaded
     */
    public Schema.Structure structure(String name) {
        Schema.Structure structure = structures.get(name);
        if (structure == null) {
            throw new IllegalArgumentException("no schema of a body: " + name);
        }
        return structure;
    }

    /** Returns the parameters of a {@code GET}, by name. */
    public Map<String, Schema> parameters(String path) {
        Map<String, Object> schemas = child(child(whole, "components"), "schemas");
        Map<String, Object> operation = child(child(child(whole, "paths"), path), "get");
        Map<String, Schema> parameters = new LinkedHashMap<>();
        for (Object element : (List<?>) operation.getOrDefault("parameters", List.of())) {
            Map<String, Object> parameter = plain((Map<?, ?>) element);
            parameters.put(String.valueOf(parameter.get("name")), Schema.compile(child(parameter, "schema"), schemas));
        }
        return parameters;
    }

    private static JsonObject parse(String resource) {
        try (InputStream in = Contract.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + resource);
            }
            Map<String, Object> yaml = new Yaml(new SafeConstructor(new LoaderOptions())).load(in);
            // what serves only to be merged into other places is no part of the contract
            yaml.keySet().removeIf(key -> key.startsWith("x-merged-"));
            return new JsonObject(new JsonObject(yaml).toBuffer());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static void stripForRouter(JsonObject contract, Set<String> beside) {
        // a relative address, which OpenAPI allows, is refused too
        contract.remove("servers");
        JsonObject paths = contract.getJsonObject("paths");
        beside.forEach(paths::remove);
        for (String path : paths.fieldNames()) {
            JsonObject operations = paths.getJsonObject(path);
            for (String method : operations.fieldNames()) {
                JsonObject operation = operations.getJsonObject(method);
                if (operation.getJsonObject("requestBody") != null) {
                    stripContent(operation.getJsonObject("requestBody"));
                }
                JsonObject responses = operation.getJsonObject("responses");
                responses.fieldNames().forEach(status -> stripContent(responses.getJsonObject(status)));
            }
        }
    }

    private static void stripContent(JsonObject holder) {
        JsonObject content = holder.getJsonObject("content");
        if (content != null) {
            content.fieldNames().stream()
                    .filter(type -> !LOADABLE.contains(type))
                    .toList()
                    .forEach(content::remove);
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
        if (value instanceof JsonArray array) {
            return array.stream().map(Contract::plainValue).toList();
        }
        if (value instanceof List<?> list) {
            // null elements do not occur in the contracts
            return list.stream().map(Contract::plainValue).toList();
        }
        return value;
    }
}
