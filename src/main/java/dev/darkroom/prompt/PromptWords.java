package dev.darkroom.prompt;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The words of a text. */
final class PromptWords {

    /** Tokens between the marks of a chunk, as CLIP reads texts. */
    static final int CHUNK = 75;

    /** The marks at a text's start and end. */
    static final int MARKS = 2;

    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+");
    /** Letters that a token of CLIP holds at least, of a word of Latin letters. */
    private static final int LETTERS = 7;

    private PromptWords() {}

    /** Returns each word once, in lower case and without a plural's s, in order. */
    static Set<String> of(String text) {
        return WORD.matcher(text.toLowerCase(Locale.ROOT))
                .results()
                .map(word -> singular(word.group()))
                .collect(Collectors.collectingAndThen(
                        Collectors.toCollection(LinkedHashSet::new), Collections::unmodifiableSet));
    }

    private static String singular(String word) {
        return word.length() > 3 && word.endsWith("s") && !word.endsWith("ss")
                ? word.substring(0, word.length() - 1)
                : word;
    }

    /** Returns about how many chunks an encoder makes of a text. */
    static int chunks(String text) {
        return Math.max(1, (tokens(text) + CHUNK - 1) / CHUNK);
    }

    /** Returns about as many tokens as a tokenizer makes of it, and rather too many. */
    static int tokens(String text) {
        int tokens = 0;
        int letters = 0;
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            int character = text.codePointAt(at);
            boolean plain = character < 0x250 && Character.isLetter(character);
            if (plain) {
                tokens += letters++ % LETTERS == 0 ? 1 : 0;
            } else {
                letters = 0;
                tokens += Character.isWhitespace(character) ? 0 : character < 0x250 ? 1 : 2;
            }
        }
        return tokens;
    }
}
