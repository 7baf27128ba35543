package dev.darkroom.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;

/**
 * How BERT cleans a text and cuts it into words: control characters go, ideographs and punctuation marks are words of
 * their own, and with lower case also accents go.
 */
final class BertText {
    private final boolean lowerCase;
    private final boolean stripAccents;
    private final boolean splitIdeographs;

    BertText(boolean lowerCase, boolean stripAccents, boolean splitIdeographs) {
        this.lowerCase = lowerCase;
        this.stripAccents = stripAccents;
        this.splitIdeographs = splitIdeographs;
    }

    /** Returns the words of a text. */
    List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        normalize(text).codePoints().forEach(letter -> {
            boolean punctuation = isPunctuation(letter);
            if ((punctuation || isSpace(letter)) && !word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
            }
            if (punctuation) {
                words.add(Character.toString(letter));
            } else if (!isSpace(letter)) {
                word.appendCodePoint(letter);
            }
        });
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }

    private String normalize(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(letter -> {
            if (letter != 0xFFFD && !isControl(letter)) {
                if (isSpace(letter)) {
                    clean.append(' ');
                } else if (splitIdeographs && isIdeograph(letter)) {
                    clean.append(' ').appendCodePoint(letter).append(' ');
                } else {
                    clean.appendCodePoint(letter);
                }
            }
        });
        String result = clean.toString();
        if (stripAccents) {
            StringBuilder stripped = new StringBuilder(result.length());
            Normalizer.normalize(result, Normalizer.Form.NFD)
                    .codePoints()
                    .filter(letter -> Character.getType(letter) != Character.NON_SPACING_MARK)
                    .forEach(stripped::appendCodePoint);
            result = stripped.toString();
        }
        return lowerCase ? LowerCase.of(result) : result;
    }

    private static boolean isSpace(int letter) {
        return letter == '\t' || letter == '\n' || letter == '\r' || Character.isSpaceChar(letter);
    }

    private static boolean isControl(int letter) {
        return switch (Character.getType(letter)) {
            case Character.CONTROL -> letter != '\t' && letter != '\n' && letter != '\r';
            case Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static boolean isPunctuation(int letter) {
        if (letter < 0x80) {
            return letter > ' ' && letter < 0x7F && !Character.isLetterOrDigit(letter);
        }
        return switch (Character.getType(letter)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }

    private static boolean isIdeograph(int letter) {
        return letter >= 0x4E00 && letter <= 0x9FFF
                || letter >= 0x3400 && letter <= 0x4DBF
                || letter >= 0x20000 && letter <= 0x2A6DF
                || letter >= 0x2A700 && letter <= 0x2B73F
                || letter >= 0x2B740 && letter <= 0x2B81F
                || letter >= 0x2B920 && letter <= 0x2CEAF
                || letter >= 0xF900 && letter <= 0xFAFF
                || letter >= 0x2F800 && letter <= 0x2FA1F;
    }
}
