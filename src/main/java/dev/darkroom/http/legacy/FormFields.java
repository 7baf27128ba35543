package dev.darkroom.http.legacy;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.Form;
import dev.darkroom.http.JsonBody;
import dev.darkroom.http.Schema;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns a form into what the same request would be as JSON: lists from repeated fields or commas, structures from JSON
 * texts, and for a file a text that tells its size.
 */
final class FormFields {

    private FormFields() {}

    /**
     * Returns the fields that {@code schema} knows, with the texts that were sent.
     *
     * @throws ApiException 422 if a structure is no JSON
     */
    static Map<String, Object> read(Form form, Schema.Structure schema) {
        Map<String, Object> fields = new LinkedHashMap<>();
        // forms differ from JSON in this one default
        fields.put("save_meta", false);
        form.texts().forEach((name, values) -> {
            Schema.Field field = schema.fields().get(name);
            if (field != null) {
                fields.put(name, value(name, field.schema(), values));
            }
        });
        form.files().forEach((name, bytes) -> fields.put(name, "a file of %d bytes".formatted(bytes.length())));
        return fields;
    }

    private static Object value(String name, Schema schema, List<String> values) {
        String first = values.get(0);
        if (schema instanceof Schema.Listing list && !(list.items() instanceof Schema.Structure)) {
            List<String> parts = new ArrayList<>();
            values.forEach(value -> {
                for (String part : value.split(",")) {
                    if (!part.isBlank()) {
                        parts.add(part.trim());
                    }
                }
            });
            return parts;
        }
        if (schema instanceof Schema.Listing) {
            return first.isBlank() ? List.of() : json(name, first);
        }
        if (schema instanceof Schema.Structure) {
            return first.isBlank() ? Map.of() : json(name, first);
        }
        return first;
    }

    private static Object json(String name, String text) {
        try {
            return JsonBody.parse(null, Buffer.buffer(text));
        } catch (ApiException malformed) {
            throw ApiException.invalid(List.of(Detail.valueError(List.of("body", name), "expected a JSON text", text)));
        }
    }
}
