package dev.darkroom.http;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks a contract's schema once over what a client sent, as pydantic does in its lax mode: reads booleans and numbers
 * from strings too, fills in defaults, and notes every mistake. Texts stay strict.
 *
 * <p>It gives String, Boolean, Long (BigInteger beyond 64 bits), Double, List, Map in the schema's order, and null.
 */
public final class RequestReader {

    private static final int MOST_DETAILS = 100;

    /** Far beyond what any field of the contract needs: each item may grow into many values with their defaults. */
    private static final int MOST_ITEMS = 1000;

    private static final int ITEMS_SHOWN = 3;

    private RequestReader() {}

    /**
     * Reads a whole body.
     *
     * @param body what a JSON parser made of it: maps, lists, numbers, texts, booleans, null
     * @throws ApiException 422, with every mistake
     */
    public static Map<String, Object> read(Schema.Structure schema, @Nullable Object body) {
        List<Detail> mistakes = new ArrayList<>();
        Object value = read(schema, body, List.of("body"), mistakes);
        if (!mistakes.isEmpty()) {
            throw ApiException.invalid(mistakes);
        }
        return asMap(value);
    }

    /** Reads one value that stands at {@code loc}; after a mistake the result is null and means nothing. */
    public static @Nullable Object read(
            Schema schema, @Nullable Object input, List<Object> loc, List<Detail> mistakes) {
        Object value = readAs(schema, input, loc, mistakes);
        return value instanceof Detail mistake ? note(mistake, mistakes) : value;
    }

    private static @Nullable Object note(Detail mistake, List<Detail> mistakes) {
        if (mistakes.size() < MOST_DETAILS) {
            mistakes.add(mistake);
        }
        return null;
    }

    /** Returns the value, or the {@link Detail} that says why there is none. */
    private static @Nullable Object readAs(
            Schema schema, @Nullable Object input, List<Object> loc, List<Detail> mistakes) {
        if (schema instanceof Schema.Text text) {
            return text(text, input, loc);
        } else if (schema instanceof Schema.Real real) {
            return NumberReader.real(real, input, loc);
        } else if (schema instanceof Schema.Whole whole) {
            return NumberReader.whole(whole, input, loc);
        } else if (schema instanceof Schema.Flag) {
            return flag(input, loc);
        } else if (schema instanceof Schema.Choice choice) {
            return choice(choice, input, loc);
        } else if (schema instanceof Schema.OrNull orNull) {
            return input == null ? null : readAs(orNull.inner(), input, loc, mistakes);
        } else if (schema instanceof Schema.Listing listing) {
            return listing(listing, input, loc, mistakes);
        }
        return structure((Schema.Structure) schema, input, loc, mistakes);
    }

    private static Object text(Schema.Text schema, @Nullable Object input, List<Object> loc) {
        if (!(input instanceof String text)) {
            return new Detail("string_type", loc, "Input should be a valid string", input, null);
        }
        if (text.indexOf('\0') >= 0) {
            // PostgreSQL keeps no such character
            return Detail.valueError(loc, "the text holds a NUL character", input);
        }
        if (text.length() < schema.minLength()) {
            String message = "String should have at least %d characters".formatted(schema.minLength());
            return new Detail("string_too_short", loc, message, input, Map.of("min_length", schema.minLength()));
        }
        if (text.length() > schema.maxLength()) {
            String message = "String should have at most %d characters".formatted(schema.maxLength());
            return new Detail("string_too_long", loc, message, input, Map.of("max_length", schema.maxLength()));
        }
        return text;
    }

    private static Object choice(Schema.Choice schema, @Nullable Object input, List<Object> loc) {
        if (input instanceof String text && schema.values().contains(text)) {
            return text;
        }
        return new Detail(
                "enum", loc, "Input should be " + schema.expected(), input, Map.of("expected", schema.expected()));
    }

    private static Object flag(@Nullable Object input, List<Object> loc) {
        if (input instanceof Boolean flag) {
            return flag;
        }
        if (input instanceof String || input instanceof Number) {
            return switch (input.toString().toLowerCase(Locale.ROOT)) {
                case "true", "1", "on", "yes", "t", "y", "1.0" -> true;
                case "false", "0", "off", "no", "f", "n", "0.0" -> false;
                default ->
                    new Detail(
                            "bool_parsing",
                            loc,
                            "Input should be a valid boolean, unable to interpret input",
                            input,
                            null);
            };
        }
        return new Detail("bool_type", loc, "Input should be a valid boolean", input, null);
    }

    private static Object listing(
            Schema.Listing schema, @Nullable Object input, List<Object> loc, List<Detail> mistakes) {
        if (!(input instanceof List<?> list)) {
            return new Detail("list_type", loc, "Input should be a valid list", input, null);
        }
        if (list.size() > MOST_ITEMS) {
            String message =
                    "List should have at most %d items after validation, not %d".formatted(MOST_ITEMS, list.size());
            Map<String, Object> rule =
                    Map.of("field_type", "List", "max_length", MOST_ITEMS, "actual_length", list.size());
            return new Detail("too_long", loc, message, list.subList(0, ITEMS_SHOWN), rule);
        }
        List<Object> values = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            values.add(read(schema.items(), list.get(i), with(loc, i), mistakes));
        }
        return values;
    }

    private static Object structure(
            Schema.Structure schema, @Nullable Object input, List<Object> loc, List<Detail> mistakes) {
        if (!(input instanceof Map<?, ?> sent)) {
            return new Detail(
                    "model_attributes_type",
                    loc,
                    "Input should be a valid dictionary or object to extract fields from",
                    input,
                    null);
        }
        Map<String, Object> values = new LinkedHashMap<>(schema.defaults());
        schema.fields().forEach((name, field) -> {
            Object value = sent.get(name);
            if (value != null || sent.containsKey(name)) {
                values.put(name, read(field.schema(), value, with(loc, name), mistakes));
            } else if (field.required()) {
                note(new Detail("missing", with(loc, name), "Field required", input, null), mistakes);
            }
        });
        return values;
    }

    private static List<Object> with(List<Object> loc, Object last) {
        return new Location(loc, last);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(@Nullable Object structure) {
        return (Map<String, Object>) Objects.requireNonNull(structure);
    }

    /** A path that costs one object a step: most are never looked at. */
    private static final class Location extends AbstractList<Object> {

        private final List<Object> before;
        private final Object last;

        Location(List<Object> before, Object last) {
            this.before = before;
            this.last = last;
        }

        @Override
        public Object get(int index) {
            return index == before.size() ? last : before.get(index);
        }

        @Override
        public int size() {
            return before.size() + 1;
        }
    }
}
