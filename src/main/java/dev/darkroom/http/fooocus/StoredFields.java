package dev.darkroom.http.fooocus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a few of a stored request's fields without making objects of the rest. Where these are empty, as in most
 * requests, the text is not even parsed, which for a record's reading would cost as much as all else together. Safe from
 * any thread.
 */
final class StoredFields {

    private static final JsonFactory JSON = new JsonFactory();
    private static final String EMPTY = ":\"\"";

    private final Set<String> names;
    private final List<String> quoted;

    /** @param names of the fields that are read */
    StoredFields(String... names) {
        this.names = Set.of(names);
        this.quoted = this.names.stream().map(name -> '"' + name + '"').toList();
    }

    /** Returns the numbers, and the texts that are not empty, that the request's outermost object holds under the names. */
    Map<String, Object> read(String request) {
        return mayHoldOne(request) ? parse(request) : Map.of();
    }

    /** Tells whether a name stands there and not before an empty text. */
    private boolean mayHoldOne(String request) {
        for (String name : quoted) {
            for (int at = request.indexOf(name); at >= 0; at = request.indexOf(name, at + name.length())) {
                if (!request.startsWith(EMPTY, at + name.length())) {
                    return true;
                }
            }
        }
        return false;
    }

    private Map<String, Object> parse(String request) {
        Map<String, Object> found = new HashMap<>();
        try (JsonParser parser = JSON.createParser(request)) {
            parser.nextToken();
            while (found.size() < names.size() && parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (!names.contains(name) || value.isStructStart()) {
                    parser.skipChildren();
                } else if (value == JsonToken.VALUE_STRING && !parser.getText().isEmpty()) {
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
