package dev.darkroom.prompt;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Arrays {@code [[red, green]]}: each image takes the next combination, the first array turning fastest. Elements keep
 * the blanks around them; arrays do not nest.
 */
final class PromptArrays {

    private static final Pattern ARRAY = Pattern.compile("\\[\\[([^\\[\\]]+)]]");

    private PromptArrays() {}

    /** @param image index of the image, from 0; beyond the last combination they begin again */
    static String choose(String text, int image) {
        StringBuilder chosen = new StringBuilder();
        Matcher arrays = ARRAY.matcher(text);
        long left = image;
        while (arrays.find()) {
            String[] elements = arrays.group(1).split(",", -1);
            arrays.appendReplacement(chosen, Matcher.quoteReplacement(elements[(int) (left % elements.length)]));
            left /= elements.length;
        }
        return arrays.appendTail(chosen).toString();
    }
}
