package dev.darkroom.text;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Tokens such as {@code [SEP]} that count as one wherever they stand in a text. */
final class SpecialTokens {
    private final Map<String, Integer> ids;
    private final Pattern pattern;

    /** @param ids numbers by spelling, at least one */
    SpecialTokens(Map<String, Integer> ids) {
        this.ids = new LinkedHashMap<>(ids);
        this.pattern = Pattern.compile(ids.keySet().stream().map(Pattern::quote).collect(Collectors.joining("|")));
    }

    /** Hands out special tokens with their numbers, and the text between them, in order. */
    void split(String text, Consumer<String> plain, ObjIntConsumer<String> special) {
        Matcher matcher = pattern.matcher(text);
        int from = 0;
        while (matcher.find()) {
            plain.accept(text.substring(from, matcher.start()));
            special.accept(matcher.group(), ids.get(matcher.group()));
            from = matcher.end();
        }
        plain.accept(text.substring(from));
    }
}
