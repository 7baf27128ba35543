package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What comes with Darkroom, through the classes that read it. */
class ShippedPromptsTest {

    private final List<String> problems = new ArrayList<>();
    private final PromptLibrary library = PromptLibrary.open(
            new PromptConfig(Path.of("conf/styles"), Path.of("conf/wildcards"), Path.of("conf/presets")),
            Path.of("").toAbsolutePath(),
            problems::add);

    @Test
    void everyPublicStyleButTheTwoThatAreNoTemplatesHasItsText() {
        assertThat(problems).isEmpty();
        assertThat(library.styles().names())
                .hasSize(279)
                .isEqualTo(Styles.withoutTexts().names());
        assertThat(library.styles().names().subList(2, 279))
                .allMatch(name -> library.styles().find(name).isPresent());
    }

    @Test
    void everyStyleFitsOneOfClipsChunks() {
        for (String name : library.styles().names().subList(2, 279)) {
            assertThat(library.styles().find(name).orElseThrow().tokens())
                    .as(name)
                    .isLessThanOrEqualTo(PromptWords.CHUNK);
        }
    }

    @Test
    void wildcardsAreResolvedToWords() {
        PromptPipeline pipeline = library.pipeline(LoraCatalogue.NONE);
        for (String name : library.wildcards().names()) {
            PromptRequest request = new PromptRequest("a __" + name + "__", "", List.of(), false, List.of(), 77);
            for (int seed = 0; seed < 20; seed++) {
                assertThat(pipeline.expand(request, 0, seed).positive())
                        .singleElement()
                        .asString()
                        .doesNotContain("_")
                        .isNotEqualTo("a " + name + "-");
            }
        }
    }

    @Test
    void theExpansionNeverRepeatsAWordAndAlwaysFindsSomething() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> prompts = List.of(
                "a portrait of a woman in soft light",
                "a mountain lake at dawn, sharp focus, highly detailed",
                "a plate of pasta",
                "an old car in the rain",
                "the cat",
                "a castle with a dragon and the moon",
                "qwertz uiop");
        for (int round = 0; round < 300; round++) {
            String prompt = prompts.get(random.nextInt(prompts.size()));
            long drawn = random.nextLong(1L << 32);
            List<String> phrases = library.expansion().phrases(prompt, drawn, 1202);
            assertThat(phrases).as("seed %d: %s", seed, prompt).hasSizeBetween(4, 8);
            Set<String> used = new HashSet<>(PromptWords.of(prompt));
            for (String phrase : phrases) {
                assertThat(PromptWords.of(phrase))
                        .as("seed %d: %s", seed, prompt)
                        .doesNotContainAnyElementsOf(used);
                used.addAll(PromptWords.of(phrase));
            }
        }
    }
}
