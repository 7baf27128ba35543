package dev.darkroom.worker;

import dev.darkroom.model.Conditioning;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Texts that were encoded each for itself, laid end to end.
 *
 * @param positive what the image should show
 * @param negative what it should not, or null where guidance needs no second pass
 */
record JoinedTexts(Conditioning positive, @Nullable Conditioning negative) {

    /** Times the longer side that both may be repeated to, to have one length. */
    private static final int MOST_REPEATED = 3;

    /**
     * Joins both sides. Where their lengths have too large a common multiple, such as 11 texts against 12, the shorter
     * side gets its first texts once more: every step would have to attend to the multiple's positions otherwise.
     *
     * @param negative empty for none
     */
    static JoinedTexts of(List<Conditioning> positive, List<Conditioning> negative) {
        if (negative.isEmpty()) {
            return new JoinedTexts(join(positive), null);
        }
        int longer = Math.max(tokens(positive), tokens(negative));
        boolean tooLong = commonMultiple(tokens(positive), tokens(negative)) > (long) MOST_REPEATED * longer;
        return tooLong
                ? new JoinedTexts(join(filled(positive, longer)), join(filled(negative, longer)))
                : new JoinedTexts(join(positive), join(negative));
    }

    private static List<Conditioning> filled(List<Conditioning> texts, int tokens) {
        List<Conditioning> filled = new ArrayList<>(texts);
        int length = tokens(texts);
        for (int i = 0; length < tokens; i++) {
            Conditioning again = texts.get(i % texts.size());
            filled.add(again);
            length += again.tokens();
        }
        return filled;
    }

    private static Conditioning join(List<Conditioning> texts) {
        if (texts.size() == 1) {
            return texts.get(0);
        }
        int width = texts.get(0).width();
        float[] states = new float[Math.multiplyExact(tokens(texts), width)];
        int at = 0;
        for (Conditioning text : texts) {
            System.arraycopy(text.hiddenStates(), 0, states, at, text.hiddenStates().length);
            at += text.hiddenStates().length;
        }
        return new Conditioning(states, at / width, width);
    }

    private static int tokens(List<Conditioning> texts) {
        return texts.stream().mapToInt(Conditioning::tokens).sum();
    }

    private static long commonMultiple(long one, long other) {
        long a = one;
        long b = other;
        while (b != 0) {
            long rest = a % b;
            a = b;
            b = rest;
        }
        return one / a * other;
    }
}
