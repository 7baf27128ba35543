package dev.darkroom.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptWeightsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "a cat ; a cat*1",
                "a (cat) ; a *1|cat*1.1",
                "a ((red) cat) ; a *1|red*1.21| cat*1.1",
                "a (cat:1.5)! ; a *1|cat*1.5|!*1",
                "(cat: 0.5 ) ; cat*0.5",
                "(cat:0)(dog:-1) ; cat*0|dog*-1",
                "a [cat] ; a *1|cat*0.909",
                "[[(cat:2)]] ; cat*1.653",
                "((cat:1.5) and (dog:.5):2) ; cat*3| and *2|dog*1",
                "(a:b) ; a:b*1.1",
                "(a:1.2.3) ; a:1.2.3*1.1",
                "(a:1.2 b) ; a:1.2 b*1.1",
                "a:1.2) ; a:1.2)*1",
                "[a:1.2] ; a:1.2*0.909",
                "\\(cat\\) ; (cat)*1",
                "(\\(cat\\):1.2) ; (cat)*1.2",
                "\\[a\\]\\\\ ; [a]\\*1",
                "a smiley :) ; a smiley :)*1",
                "(open ; open*1.1",
                "a (b [c d ; a *1|b *1.1|c d*1",
                "x] y ; x] y*1",
                "(x] y) ; x] y*1.1",
                "(a)(b) ; ab*1.1",
                "(big:99999) ; big*10",
            })
    void bracketsBecomeWeights(String prompt, String expected) {
        List<WeightedText> parts = PromptWeights.parse(prompt);
        String[] wanted = expected.split("\\|");
        assertThat(parts).hasSize(wanted.length);
        for (int i = 0; i < wanted.length; i++) {
            int star = wanted[i].lastIndexOf('*');
            assertThat(parts.get(i).text()).isEqualTo(wanted[i].substring(0, star));
            assertThat(parts.get(i).weight())
                    .isCloseTo(Double.parseDouble(wanted[i].substring(star + 1)), Offset.offset(1e-3));
        }
    }

    @Test
    void nothingHasNoParts() {
        assertThat(PromptWeights.parse("")).isEmpty();
        assertThat(PromptWeights.parse("()")).isEmpty();
    }

    @Test
    @Timeout(60)
    void aMillionBracketsTakeNoTimeAndStayWithinBounds() {
        for (String part : List.of("(", ")", "(a", "[a", "(a:1.5)(b:0.5)", "\\(", "(a:", ":1)", "(a:1.2)")) {
            String prompt = part.repeat(1_000_000 / part.length());
            assertThat(PromptWeights.parse(prompt))
                    .allSatisfy(text -> assertThat(text.weight()).isBetween(-10.0, 10.0));
        }
    }

    @Test
    void noLetterIsLostWhateverTheBrackets() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            StringBuilder prompt = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                prompt.append("ab ([)]:\\1.".charAt(random.nextInt(11)));
            }
            String letters = PromptWeights.parse(prompt.toString()).stream()
                    .map(WeightedText::text)
                    .collect(Collectors.joining());
            assertThat(letters.replaceAll("[^ab]", ""))
                    .as("seed %d, prompt %s", seed, prompt)
                    .isEqualTo(prompt.toString().replaceAll("[^ab]", ""));
        }
    }
}
