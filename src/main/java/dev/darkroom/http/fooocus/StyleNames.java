package dev.darkroom.http.fooocus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;

/**
 * The names that {@code style_selections} may hold, in the order in which they are listed. Safe from any thread.
 *
 * @param names asked for each time, quickly
 */
public record StyleNames(Supplier<List<String>> names) {

    /** Reads Fooocus' public names from the class path. */
    public static StyleNames fooocus() {
        String resource = "fooocus/style-names.txt";
        try (InputStream in = StyleNames.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + resource);
            }
            List<String> names = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
            return new StyleNames(() -> names);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Tells whether requests may name {@code style}. */
    public boolean contains(String style) {
        return all().contains(style);
    }

    /** Returns all names in their order. */
    public List<String> all() {
        return names.get();
    }
}
