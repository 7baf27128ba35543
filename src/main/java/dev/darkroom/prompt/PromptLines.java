package dev.darkroom.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A prompt's lines: the first is the main one, the others are encoded for themselves. Blank lines do not count, and of
 * each line the commas, dots and blanks at its ends are taken off.
 *
 * @param main empty if the prompt is
 * @param extra the other lines
 * @param cut whether there was more than is read
 */
record PromptLines(String main, List<String> extra, boolean cut) {

    /** Characters of a line, also of one that wildcards have filled. */
    static final int LONGEST = 20_000;

    /** Lines of a prompt. */
    static final int MOST = 16;

    private static final Pattern BREAK = Pattern.compile("\\R|[\\x1c-\\x1e]");
    private static final Pattern BLANKS = Pattern.compile(" {2,}");
    private static final String EDGES = ",. \r\n";

    static PromptLines of(String prompt) {
        List<String> lines = new ArrayList<>();
        boolean cut = false;
        for (String line : BREAK.split(prompt, -1)) {
            String clean = clean(line);
            if (clean.length() > LONGEST) {
                clean = clean.substring(0, LONGEST);
                cut = true;
            }
            if (!clean.isEmpty()) {
                if (lines.size() == MOST) {
                    cut = true;
                    break;
                }
                lines.add(clean);
            }
        }
        return lines.isEmpty()
                ? new PromptLines("", List.of(), cut)
                : new PromptLines(lines.get(0), List.copyOf(lines.subList(1, lines.size())), cut);
    }

    /** Returns a text with single blanks, and without commas, dots and blanks at its ends. */
    static String clean(String text) {
        String single = BLANKS.matcher(text).replaceAll(" ");
        int from = 0;
        int to = single.length();
        while (from < to && EDGES.indexOf(single.charAt(from)) >= 0) {
            from++;
        }
        while (to > from && EDGES.indexOf(single.charAt(to - 1)) >= 0) {
            to--;
        }
        return single.substring(from, to);
    }
}
