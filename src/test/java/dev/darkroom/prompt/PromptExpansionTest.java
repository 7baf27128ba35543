package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PromptExpansionTest {

    private static final PromptExpansion EXPANSION = read();

    private static PromptExpansion read() {
        try (InputStream in = PromptExpansionTest.class.getResourceAsStream("expansion-for-tests.json")) {
            return PromptExpansion.of(new ObjectMapper().readTree(in));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Test
    void theSameSeedAddsTheSamePhrases() {
        assertThat(EXPANSION.expand("a cat", 5, 77)).isEqualTo(EXPANSION.expand("a cat", 5, 77));
        Set<String> different = IntStream.range(0, 50)
                .mapToObj(seed -> EXPANSION.expand("a cat", seed, 77))
                .collect(Collectors.toSet());
        assertThat(different).hasSizeGreaterThan(25);
    }

    @Test
    void aHandfulOfPhrasesFollowsThePrompt() {
        for (int seed = 0; seed < 50; seed++) {
            assertThat(EXPANSION.expand("a mountain lake", seed, 77)).startsWith("a mountain lake, ");
            assertThat(EXPANSION.phrases("a mountain lake", seed, 77)).hasSizeBetween(5, 8);
        }
    }

    @Test
    void noWordOfThePromptOrOfAnotherPhraseIsRepeated() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> vocabulary = List.of(
                "soft",
                "Light",
                "lights",
                "of",
                "the",
                "mountains",
                "woman",
                "portrait",
                "shadow",
                "a",
                "blue",
                "depth");
        for (int round = 0; round < 500; round++) {
            String prompt = random.ints(1 + random.nextInt(8), 0, vocabulary.size())
                    .mapToObj(vocabulary::get)
                    .collect(Collectors.joining(" "));
            Set<String> used = new HashSet<>(PromptWords.of(prompt));
            for (String phrase : EXPANSION.phrases(prompt, random.nextLong(1L << 32), 77)) {
                assertThat(PromptWords.of(phrase))
                        .as("seed %d, prompt %s, phrase %s", seed, prompt, phrase)
                        .doesNotContainAnyElementsOf(used);
                used.addAll(PromptWords.of(phrase));
            }
        }
    }

    @Test
    void phrasesSuitWhatThePromptNames() {
        Set<String> ofAPortrait = allPhrases("two women");
        assertThat(ofAPortrait).contains("expressive eyes").doesNotContain("distant haze");
        assertThat(allPhrases("a mountain")).contains("distant haze").doesNotContain("expressive eyes");
        assertThat(allPhrases("qwertz")).isNotEmpty().doesNotContain("expressive eyes", "distant haze");
    }

    private static Set<String> allPhrases(String prompt) {
        return IntStream.range(0, 200)
                .mapToObj(seed -> EXPANSION.phrases(prompt, seed, 77))
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    @Test
    void onlyWhatTheModelCanHoldIsAdded() {
        for (int seed = 0; seed < 50; seed++) {
            assertThat(PromptWords.tokens(EXPANSION.expand("a red apple", seed, 20)))
                    .isLessThanOrEqualTo(18);
        }
        assertThat(EXPANSION.expand("word ".repeat(80), 1, 77)).isEmpty();
        String chunks = EXPANSION.expand("word ".repeat(80).strip(), 1, 1202);
        assertThat(PromptWords.tokens(chunks)).isBetween(90, 150);
        assertThat(EXPANSION.expand("word ".repeat(75).strip(), 1, 1202)).isEmpty();
        assertThat(EXPANSION.expand("a red apple on a table", 1, 8)).isEmpty();
    }

    @Test
    void anEmptyPromptStaysEmpty() {
        assertThat(EXPANSION.expand("", 1, 77)).isEmpty();
        assertThat(EXPANSION.expand("...", 1, 77)).isEmpty();
    }
}
