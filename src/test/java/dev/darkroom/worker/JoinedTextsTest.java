package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.Conditioning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JoinedTextsTest {

    @Test
    void textsAreLaidEndToEnd() {
        JoinedTexts joined = JoinedTexts.of(List.of(text(2, 1), text(3, 5)), 2, List.of(text(2, 9)));
        assertThat(joined.positive().tokens()).isEqualTo(5);
        assertThat(joined.positive().width()).isEqualTo(2);
        assertThat(joined.positive().hiddenStates()).containsExactly(1, 1, 1, 1, 5, 5, 5, 5, 5, 5);
        assertThat(joined.negative()).isNotNull();
        assertThat(joined.negative().tokens()).isEqualTo(2);
    }

    @Test
    void oneTextIsTakenAsItIs() {
        Conditioning only = text(77, 1);
        JoinedTexts joined = JoinedTexts.of(List.of(only), 1, List.of());
        assertThat(joined.positive()).isSameAs(only);
        assertThat(joined.negative()).isNull();
    }

    @Test
    void thePooledVectorsOfTheFirstTextsAreSummedUp() {
        List<Conditioning> positive = List.of(
                text(2, 1).pooled(new float[] {1, 2}),
                text(2, 1).pooled(new float[] {10, 20}),
                text(2, 1).pooled(new float[] {100, 200}));
        JoinedTexts joined = JoinedTexts.of(positive, 2, List.of(positive.get(2), positive.get(2)));
        assertThat(joined.positive().added().pooled()).containsExactly(11, 22);
        assertThat(joined.negative().added().pooled()).containsExactly(200, 400);
        assertThat(positive.get(0).added().pooled()).containsExactly(1, 2);
    }

    @Test
    void aLargeCommonMultipleIsAvoidedByRepeatingTheFirstTexts() {
        for (int positive = 1; positive <= 16; positive++) {
            for (int negative = 1; negative <= 16; negative++) {
                JoinedTexts joined = JoinedTexts.of(texts(positive), positive, texts(negative));
                int one = joined.positive().tokens() / 4;
                int other = joined.negative().tokens() / 4;
                assertThat(commonMultiple(one, other)).isLessThanOrEqualTo(3 * Math.max(positive, negative));
            }
        }
        JoinedTexts joined = JoinedTexts.of(texts(11), 11, texts(12));
        assertThat(joined.positive().tokens()).isEqualTo(48);
        assertThat(joined.positive().hiddenStates()[11 * 4 * 2]).isEqualTo(1);
    }

    private static int commonMultiple(int one, int other) {
        int multiple = one;
        while (multiple % other != 0) {
            multiple += one;
        }
        return multiple;
    }

    private static List<Conditioning> texts(int count) {
        List<Conditioning> texts = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            texts.add(text(4, i));
        }
        return texts;
    }

    private static Conditioning text(int tokens, float value) {
        float[] states = new float[tokens * 2];
        Arrays.fill(states, value);
        return new Conditioning(states, tokens, 2);
    }
}
