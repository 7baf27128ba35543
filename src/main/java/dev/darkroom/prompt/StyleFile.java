package dev.darkroom.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A file of styles in Fooocus' format: a list of objects with {@code name}, {@code prompt}, {@code negative_prompt}. */
final class StyleFile {

    private static final int LONGEST_TEXT = 10_000;

    private StyleFile() {}

    /** Returns what can be used of it; {@code problems} hears about the rest. */
    static List<Style> read(Path file, Consumer<String> problems) {
        List<Style> styles = new ArrayList<>();
        try {
            JsonNode list = JsonConfigFile.read(file);
            if (!list.isArray()) {
                throw new JsonConfigFile.Unusable("%s holds no list of styles".formatted(file));
            }
            for (int i = 0; i < list.size(); i++) {
                Style style = style(list.get(i));
                if (style == null) {
                    problems.accept("%s: style %d needs a \"name\", and texts of up to %d characters; it is ignored."
                            .formatted(file, i + 1, LONGEST_TEXT));
                } else {
                    styles.add(style);
                }
            }
        } catch (JsonConfigFile.Unusable unusable) {
            problems.accept(unusable.getMessage() + "; its styles change nothing.");
        }
        return styles;
    }

    private static @Nullable Style style(JsonNode entry) {
        JsonNode name = entry.path("name");
        String prompt = text(entry, "prompt");
        String negative = text(entry, "negative_prompt");
        boolean usable = name.isTextual()
                && !name.asText().isBlank()
                && prompt != null
                && negative != null
                && prompt.length() <= LONGEST_TEXT
                && negative.length() <= LONGEST_TEXT;
        return usable ? new Style(Style.listed(name.asText().strip()), prompt, negative) : null;
    }

    private static @Nullable String text(JsonNode entry, String key) {
        JsonNode value = entry.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        return value.isTextual() ? value.asText() : null;
    }
}
