package dev.darkroom.http.fooocus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The names that {@code style_selections} may hold, in the order in which they are listed. */
public final class StyleNames {

    private final Set<String> names;

    public StyleNames(List<String> names) {
        this.names = new LinkedHashSet<>(names);
    }

    /** Reads Fooocus' public names from the class path. */
    public static StyleNames fooocus() {
        String resource = "fooocus/style-names.txt";
        try (InputStream in = StyleNames.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + resource);
            }
            return new StyleNames(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    boolean contains(String name) {
        return names.contains(name);
    }

    List<String> all() {
        return List.copyOf(names);
    }
}
