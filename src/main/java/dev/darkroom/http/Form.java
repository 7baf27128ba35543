package dev.darkroom.http;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A form that was sent.
 *
 * @param texts the values of each field, in the order in which they came
 * @param files the bytes of each file, by its field; a field of which no file was chosen is absent
 */
public record Form(Map<String, List<String>> texts, Map<String, Buffer> files) {

    public Form {
        texts = Map.copyOf(texts);
        files = Map.copyOf(files);
    }

    /** Tells whether a body of this type is read as a form. */
    static boolean isForm(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        String type = contentType.toLowerCase(Locale.ROOT);
        return type.startsWith("multipart/form-data") || type.startsWith("application/x-www-form-urlencoded");
    }
}
