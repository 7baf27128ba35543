package dev.darkroom.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a body that is no JSON, and where: in FastAPI's shape, but in words for people. */
final class JsonMistake {

    private static final Pattern CHARACTER = Pattern.compile("Unexpected character \\('(.)' .*", Pattern.DOTALL);

    /** How the parser's own messages begin, and what they mean. */
    private static final List<Map.Entry<String, String>> SENTENCES = List.of(
            Map.entry("Unrecognized token", "a value is expected here; texts stand in double quotes"),
            Map.entry("Non-standard token", "NaN and Infinity are no numbers of JSON"),
            Map.entry("Illegal unquoted character", "a text holds a control character; write it as an escape"),
            Map.entry("Unrecognized character escape", "a backslash stands before a character that needs none"),
            Map.entry("Invalid numeric value", "a number is not written as JSON writes numbers"),
            Map.entry("Leading zero", "a number is not written as JSON writes numbers"),
            Map.entry("Invalid UTF-", "the body is not UTF-8"),
            Map.entry("Document nesting depth", "lists and objects are nested too deeply"),
            Map.entry("Number value length", "a number has too many digits"),
            Map.entry("String value length", "a text is too long"),
            Map.entry("Name length", "a field's name is too long"),
            Map.entry("Name value length", "a field's name is too long"));

    private JsonMistake() {}

    /** Returns the refusal of a body that has nothing but blanks. */
    static ApiException empty() {
        return refusal(0, "there is no JSON value");
    }

    /**
     * Returns the refusal of a body that goes on behind its value.
     *
     * @param position byte from which on
     */
    static ApiException trailing(long position) {
        return refusal(position, "something follows behind the JSON value");
    }

    /** Returns the refusal of a body that the parser did not understand. */
    static ApiException of(JsonProcessingException malformed) {
        long position =
                malformed.getLocation() == null ? 0 : malformed.getLocation().getByteOffset();
        return refusal(Math.max(0, position), sentence(malformed));
    }

    private static String sentence(JsonProcessingException malformed) {
        if (malformed instanceof JsonEOFException) {
            return "the body ends before its JSON does";
        }
        String message = String.valueOf(malformed.getOriginalMessage());
        Optional<String> known = SENTENCES.stream()
                .filter(entry -> message.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
        if (known.isPresent()) {
            return known.get();
        }
        if (malformed instanceof StreamConstraintsException) {
            return "the body is larger in some way than what is read";
        }
        String character = character(message);
        return character == null
                ? "this is not how JSON is written"
                : "the character \"%s\" can't stand here".formatted(character);
    }

    private static @Nullable String character(String message) {
        Matcher named = CHARACTER.matcher(message);
        return named.matches() ? named.group(1) : null;
    }

    private static ApiException refusal(long position, String sentence) {
        return ApiException.invalid(List.of(new Detail(
                "json_invalid",
                List.of("body", position),
                "JSON decode error",
                Map.of(),
                Map.of("error", "At byte %d: %s".formatted(position, sentence)))));
    }
}
