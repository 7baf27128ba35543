package dev.darkroom.prompt;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A named pair of texts around a prompt.
 *
 * @param name as it is listed
 * @param prompt where {@code {prompt}} stands for the user's prompt; lines are encoded for themselves; may be empty
 * @param negativePrompt what comes before the user's negative prompt; may be empty
 */
public record Style(String name, String prompt, String negativePrompt) {

    private static final String PLACE = "{prompt}";

    /** Tells whether the user's prompt stands in it. */
    boolean holdsPrompt() {
        return prompt.contains(PLACE);
    }

    /** Returns about how many tokens its longest text has, the user's prompt not counted. */
    int tokens() {
        return Stream.concat(positive("").stream(), negative().stream())
                .mapToInt(PromptWords::tokens)
                .max()
                .orElse(0);
    }

    /** Returns the positive texts. */
    List<String> positive(String main) {
        return prompt.replace(PLACE, main).lines().toList();
    }

    /** Returns the negative texts. */
    List<String> negative() {
        return negativePrompt.lines().toList();
    }

    /** Returns how Fooocus lists a style that a file calls {@code name}: {@code sai-3d-model} is {@code SAI 3D Model}. */
    static String listed(String name) {
        return String.join(
                        " ",
                        Stream.of(name.replace('-', ' ').split(" ", -1))
                                .map(Style::capitalised)
                                .toList())
                .replace("3d", "3D")
                .replace("Sai", "SAI")
                .replace("Mre", "MRE")
                .replace("(s", "(S");
    }

    private static String capitalised(String word) {
        return word.isEmpty()
                ? word
                : word.substring(0, 1).toUpperCase(Locale.ROOT)
                        + word.substring(1).toLowerCase(Locale.ROOT);
    }
}
