package dev.darkroom.worker;

import dev.darkroom.model.Conditioning;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
     * @param pooled how many of the positive texts, from the first, are summed up in the pooled vector
     * @param negative empty for none; all of them are summed up
     */
    static JoinedTexts of(List<Conditioning> positive, int pooled, List<Conditioning> negative) {
        if (negative.isEmpty()) {
            return new JoinedTexts(join(positive, pooled), null);
        }
        int longer = Math.max(tokens(positive), tokens(negative));
        boolean tooLong = commonMultiple(tokens(positive), tokens(negative)) > (long) MOST_REPEATED * longer;
        return tooLong
                ? new JoinedTexts(
                        join(filled(positive, longer), pooled), join(filled(negative, longer), negative.size()))
                : new JoinedTexts(join(positive, pooled), join(negative, negative.size()));
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

    private static Conditioning join(List<Conditioning> texts, int pooled) {
        Conditioning joined = Conditioning.concatenated(texts);
        float[] first = joined.added().pooled();
        if (first == null || pooled <= 1) {
            return joined;
        }
        float[] sum = first.clone();
        for (Conditioning text : texts.subList(1, pooled)) {
            float[] other = Objects.requireNonNull(text.added().pooled());
            for (int i = 0; i < sum.length; i++) {
                sum[i] += other[i];
            }
        }
        return joined.pooled(sum);
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
