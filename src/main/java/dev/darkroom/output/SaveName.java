package dev.darkroom.output;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A name that a user chose, made safe: it is one file's name on Linux, macOS and Windows, shows what it is, and can't
 * hide. What is not allowed becomes {@code _}.
 */
final class SaveName {

    /** With the folder, the index, the end and the marks of a temporary file it stays below the usual 255 bytes. */
    private static final int BOUND = 180;

    /** Separators, what Windows or a URL gives a meaning, controls, invisible marks, halves of characters. */
    private static final Pattern FORBIDDEN =
            Pattern.compile("[/\\\\:*?\"<>|%#\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}]");

    private static final Pattern EDGES = Pattern.compile("^[.\\s]+|[.\\s]+$");
    private static final Pattern DEVICE = Pattern.compile("(?i)(con|prn|aux|nul|com\\d|lpt\\d)(\\..*)?");
    private static final Set<String> NONE = Set.of("", "none");

    private SaveName() {}

    /**
     * Returns the safe name, or empty if the user did not mean one: null, an empty text and {@code None} stand for the
     * usual name.
     *
     * @param representable tells whether the file system can write a name: under a POSIX locale Java writes ASCII only
     */
    static Optional<String> of(@Nullable String wish, Predicate<String> representable) {
        if (wish == null || NONE.contains(wish.trim().toLowerCase(Locale.ROOT))) {
            return Optional.empty();
        }
        String name = Normalizer.normalize(wish, Normalizer.Form.NFC);
        name = FORBIDDEN.matcher(name).replaceAll("_");
        if (!representable.test(name)) {
            name = name.replaceAll("[^\\x20-\\x7e]", "_");
        }
        name = trimmed(shortened(trimmed(name)));
        if (DEVICE.matcher(name).matches()) {
            name = "_" + name;
        }
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    private static String trimmed(String name) {
        return EDGES.matcher(name).replaceAll("");
    }

    private static String shortened(String name) {
        int end = 0;
        int bytes = 0;
        while (end < name.length()) {
            int character = name.codePointAt(end);
            bytes += Character.toString(character).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > BOUND) {
                break;
            }
            end += Character.charCount(character);
        }
        return name.substring(0, end);
    }
}
