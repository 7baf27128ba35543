package dev.darkroom.http.fooocus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Reads a few of a stored request's fields without making objects of the rest. */
final class StoredFields {

    private static final JsonFactory JSON = new JsonFactory();

    private StoredFields() {}

    /** Returns the texts and numbers among {@code names} that the request's outermost object holds. */
    static Map<String, Object> read(String request, Set<String> names) {
        Map<String, Object> found = new HashMap<>();
        if (names.stream().noneMatch(request::contains)) {
            return found;
        }
        try (JsonParser parser = JSON.createParser(request)) {
            parser.nextToken();
            while (found.size() < names.size() && parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (!names.contains(name)) {
                    parser.skipChildren();
                } else if (value == JsonToken.VALUE_STRING) {
                    found.put(name, parser.getText());
                } else if (value.isNumeric()) {
                    found.put(name, parser.getDoubleValue());
                }
            }
            return found;
        } catch (IOException unreadable) {
            throw new UncheckedIOException("A stored request is damaged", unreadable);
        }
    }
}
