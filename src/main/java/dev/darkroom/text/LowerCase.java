package dev.darkroom.text;

import java.util.Locale;

/** Lower case letter by letter, as tokenizers do it: a final sigma is a sigma like any other. */
final class LowerCase {
    private LowerCase() {}

    static String of(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        text.codePoints().forEach(letter -> {
            int newer = letter < 0x80 ? letter : NewerLetters.small(letter);
            if (newer == letter) {
                lower.append(Character.toString(letter).toLowerCase(Locale.ROOT));
            } else {
                lower.appendCodePoint(newer);
            }
        });
        return lower.toString();
    }
}
