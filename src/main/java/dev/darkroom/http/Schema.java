package dev.darkroom.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of JSON Schema that the contracts use, ready for {@link RequestReader}. */
public sealed interface Schema {

    /** Text, read strictly: a number is a mistake. */
    record Text(int minLength, int maxLength) implements Schema {}

    /** One of some texts. */
    record Choice(List<String> values, String expected) implements Schema {}

    /** A whole number; a null bound does not bind. */
    record Whole(@Nullable Long minimum, @Nullable Long maximum) implements Schema {}

    /** A number; a null bound does not bind. */
    record Real(@Nullable Double minimum, @Nullable Double maximum) implements Schema {}

    /** True or false. */
    record Flag() implements Schema {}

    /** Null, or what {@code inner} says. */
    record OrNull(Schema inner) implements Schema {}

    /** A list. */
    record Listing(Schema items) implements Schema {}

    /** An object; fields that it does not name are ignored. */
    record Structure(Map<String, Field> fields, Map<String, Object> defaults) implements Schema {}

    /** A field of an object; {@code fallback} is null both for null and for none, which {@code optional} tells apart. */
    record Field(
            Schema schema,
            boolean required,
            boolean optional,
            @Nullable Object fallback) {}

    /**
     * Compiles a schema of a contract.
     *
     * @param schema as the contract's YAML gives it
     * @param components {@code components.schemas} of the contract, for {@code $ref}
     * @throws IllegalArgumentException if it uses what this reader does not know
     */
    static Schema compile(Map<String, ?> schema, Map<String, ?> components) {
        if (schema.get("$ref") instanceof String reference) {
            String name = reference.substring(reference.lastIndexOf('/') + 1);
            return compile(map(components.get(name)), components);
        }
        if (schema.get("type") instanceof List<?> types) {
            Map<String, Object> inner = new LinkedHashMap<>(schema);
            List<?> named = types.stream().filter(type -> !"null".equals(type)).toList();
            if (named.size() != 1 || types.size() != 2) {
                throw new IllegalArgumentException("unknown union of types: " + types);
            }
            inner.put("type", named.get(0));
            return new OrNull(compile(inner, components));
        }
        String type = String.valueOf(schema.get("type"));
        return switch (type) {
            case "string" -> schema.get("enum") instanceof List<?> values ? choice(values) : text(schema);
            case "integer" -> new Whole(whole(schema.get("minimum")), whole(schema.get("maximum")));
            case "number" -> new Real(real(schema.get("minimum")), real(schema.get("maximum")));
            case "boolean" -> new Flag();
            case "array" -> new Listing(compile(map(schema.get("items")), components));
            case "object" -> structure(schema, components);
            default -> throw new IllegalArgumentException("unknown type of schema: " + type);
        };
    }

    private static Schema text(Map<String, ?> schema) {
        Long least = whole(schema.get("minLength"));
        Long most = whole(schema.get("maxLength"));
        return new Text(least == null ? 0 : least.intValue(), most == null ? Integer.MAX_VALUE : most.intValue());
    }

    private static Schema choice(List<?> values) {
        List<String> names = values.stream().map(String::valueOf).toList();
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < names.size(); i++) {
            expected.append(i == 0 ? "" : i == names.size() - 1 ? " or " : ", ")
                    .append('\'')
                    .append(names.get(i))
                    .append('\'');
        }
        return new Choice(names, expected.toString());
    }

    private static Structure structure(Map<String, ?> schema, Map<String, ?> components) {
        List<?> required = schema.get("required") instanceof List<?> names ? names : List.of();
        Map<String, Field> fields = new LinkedHashMap<>();
        Map<String, Object> defaults = new LinkedHashMap<>();
        map(schema.get("properties")).forEach((name, property) -> {
            Map<String, Object> inner = map(property);
            Schema compiled = compile(inner, components);
            boolean hasDefault = inner.containsKey("default");
            Object fallback = null;
            if (hasDefault) {
                List<Detail> mistakes = new ArrayList<>();
                fallback = RequestReader.read(compiled, inner.get("default"), List.of(name), mistakes);
                if (!mistakes.isEmpty()) {
                    throw new IllegalArgumentException("the default does not fit its own schema: " + mistakes);
                }
            }
            boolean must = required.contains(name);
            fields.put(name, new Field(compiled, must, !must && !hasDefault, fallback));
            defaults.put(name, fallback);
        });
        return new Structure(fields, defaults);
    }

    private static Map<String, Object> map(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("expected an object in the contract, found " + value);
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, inner) -> copy.put(String.valueOf(key), inner));
        return copy;
    }

    private static @Nullable Long whole(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : null;
    }

    private static @Nullable Double real(@Nullable Object value) {
        return value instanceof Number number ? number.doubleValue() : null;
    }
}
