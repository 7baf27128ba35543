package dev.darkroom.text;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the weights that people write into prompts, in the notation of AUTOMATIC1111's web UI: {@code (more)} counts
 * 1.1 times, {@code (this:1.3)} 1.3 times, {@code [less]} 1/1.1 times; nested brackets multiply. {@code \(}, {@code \)},
 * {@code \[}, {@code \]} and {@code \\} stand for themselves. A bracket that nobody closes counts to the end; one that
 * closes nothing, or would close another kind first, is a letter like any other, so that a smiley stays one. Takes time in proportion to the text, however
 * deep it nests.
 */
public final class PromptWeights {
    private static final double STEP = 1.1;

    /** Beyond this a text encoder's numbers mean nothing. */
    private static final double HEAVIEST = 10;

    private static final Pattern WEIGHT =
            Pattern.compile(":\\s*([+-]?(?:\\d{1,9}(?:\\.\\d{0,9})?|\\.\\d{1,9}))\\s*\\)");
    private static final String SPECIAL = "\\()[]";

    /** What happens at a place in the prompt. */
    private static final class Change {
        final int from;
        final int to;
        final boolean opens;
        final boolean escape;
        double factor;

        private Change(int from, int to, boolean opens, boolean escape, double factor) {
            this.from = from;
            this.to = to;
            this.opens = opens;
            this.escape = escape;
            this.factor = factor;
        }

        static Change escape(int at) {
            return new Change(at, at + 1, false, true, 1);
        }

        static Change open(int at, double factor) {
            return new Change(at, at + 1, true, false, factor);
        }

        static Change close(int from, int to) {
            return new Change(from, to, false, false, 1);
        }
    }

    private final String prompt;
    private final List<Change> changes = new ArrayList<>();
    private final Deque<Change> open = new ArrayDeque<>();

    private PromptWeights(String prompt) {
        this.prompt = prompt;
    }

    /** Returns the parts of a prompt in order, neighbours with equal weights in one; empty for an empty prompt. */
    public static List<WeightedText> parse(String prompt) {
        PromptWeights weights = new PromptWeights(prompt);
        weights.findChanges();
        return weights.parts();
    }

    private void findChanges() {
        Matcher weight = WEIGHT.matcher(prompt);
        int at = 0;
        while (at < prompt.length()) {
            char letter = prompt.charAt(at);
            if (letter == '\\' && at + 1 < prompt.length() && SPECIAL.indexOf(prompt.charAt(at + 1)) >= 0) {
                changes.add(Change.escape(at));
                at += 2;
            } else if (letter == '(' || letter == '[') {
                Change opened = Change.open(at, letter == '(' ? STEP : 1 / STEP);
                changes.add(opened);
                open.push(opened);
                at++;
            } else if (closes(letter)) {
                close(at, at + 1, open.peek().factor);
                at++;
            } else if (letter == ':'
                    && closes(')')
                    && weight.region(at, prompt.length()).lookingAt()) {
                close(at, weight.end(), Double.parseDouble(weight.group(1)));
                at = weight.end();
            } else {
                at++;
            }
        }
    }

    private boolean closes(char letter) {
        if (letter != ')' && letter != ']' || open.isEmpty()) {
            return false;
        }
        return prompt.charAt(open.peek().from) == (letter == ')' ? '(' : '[');
    }

    private void close(int from, int to, double factor) {
        Change opened = open.pop();
        opened.factor = factor;
        changes.add(Change.close(from, to));
    }

    private List<WeightedText> parts() {
        List<WeightedText> parts = new ArrayList<>();
        Deque<Double> weights = new ArrayDeque<>(List.of(1.0));
        StringBuilder text = new StringBuilder();
        double weightOfText = 1;
        int from = 0;
        for (Change change : changes) {
            double current = weights.peek();
            if (change.from > from && current != weightOfText) {
                add(parts, text, weightOfText);
                weightOfText = current;
            }
            text.append(prompt, from, change.from);
            from = change.to;
            if (change.opens) {
                weights.push(held(current * change.factor));
            } else if (!change.escape) {
                weights.pop();
            }
        }
        if (weights.peek() != weightOfText) {
            add(parts, text, weightOfText);
            weightOfText = weights.peek();
        }
        add(parts, text.append(prompt, from, prompt.length()), weightOfText);
        return parts;
    }

    private static void add(List<WeightedText> parts, StringBuilder text, double weight) {
        if (!text.isEmpty()) {
            parts.add(new WeightedText(text.toString(), weight));
            text.setLength(0);
        }
    }

    private static double held(double weight) {
        return Math.max(-HEAVIEST, Math.min(HEAVIEST, weight));
    }
}
