package dev.darkroom.text;

import java.util.Locale;

/** Lower case letter by letter, as tokenizers do it: a final sigma is a sigma like any other. */
final class LowerCase {
    private LowerCase() {}

    static String of(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        text.codePoints()
                .forEach(letter -> lower.append(Character.toString(letter).toLowerCase(Locale.ROOT)));
        return lower.toString();
    }
}
