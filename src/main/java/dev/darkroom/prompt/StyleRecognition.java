package dev.darkroom.prompt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Finds out which styles made the texts of a picture, by the texts alone. Used once. */
final class StyleRecognition {

    private static final String BETWEEN = ", ";

    private final PromptLines prompt;
    private String positive;
    private String negative;

    private record Found(Style style, int inNegative, int inPositive) {}

    /**
     * @param prompt as the user typed it
     * @param positive texts that were encoded, joined by commas
     * @param negative the same of the negative side
     */
    StyleRecognition(String prompt, String positive, String negative) {
        this.prompt = PromptLines.of(prompt);
        this.positive = positive;
        this.negative = negative;
    }

    List<String> among(List<Style> styles) {
        List<Found> found = new ArrayList<>();
        boolean placed = false;
        // the longest first, so that none is taken for a part of another
        List<Style> longestFirst = styles.stream()
                .sorted(Comparator.comparingInt((Style style) ->
                                style.prompt().length() + style.negativePrompt().length())
                        .reversed())
                .toList();
        for (Style style : longestFirst) {
            String adds = String.join(BETWEEN, style.positive(prompt.main()));
            String forbids = String.join(BETWEEN, style.negative());
            int inPositive = positive.indexOf(adds);
            int inNegative = negative.indexOf(forbids);
            if (inPositive >= 0 && inNegative >= 0 && !(adds.isEmpty() && forbids.isEmpty())) {
                positive = blanked(positive, inPositive, adds);
                negative = blanked(negative, inNegative, forbids);
                placed |= style.holdsPrompt();
                found.add(new Found(style, forbids.isEmpty() ? Integer.MAX_VALUE : inNegative, inPositive));
            }
        }
        List<String> names = new ArrayList<>();
        if (expanded(placed)) {
            names.add(Styles.EXPANSION);
        }
        found.stream()
                .sorted(Comparator.comparingInt(Found::inNegative).thenComparingInt(Found::inPositive))
                .forEach(one -> names.add(one.style().name()));
        return names;
    }

    /** What is left behind the prompt's own lines is the prompt again, with what the expansion added. */
    private boolean expanded(boolean placed) {
        String main = prompt.main();
        if (main.isEmpty()) {
            return false;
        }
        int from = 0;
        if (!placed) {
            from = positive.indexOf(main) + main.length();
        }
        return positive.indexOf(main + BETWEEN, from) >= 0;
    }

    /** The texts keep their places. */
    private static String blanked(String text, int at, String part) {
        return text.substring(0, at) + "\0".repeat(part.length()) + text.substring(at + part.length());
    }
}
