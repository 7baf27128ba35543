package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StyleRecognitionTest {

    private final PromptLibrary library = PromptLibrary.open(
            new PromptConfig(Path.of("conf/styles"), Path.of("conf/wildcards"), Path.of("conf/presets")),
            Path.of(""),
            problem -> assertThat(problem).isNull());

    private List<String> recognised(String prompt, List<String> styles) {
        ExpandedPrompt made = library.pipeline(LoraCatalogue.NONE)
                .expand(new PromptRequest(prompt, "ugly", styles, false, List.of(), 77), 0, 5);
        assertThat(made.styles()).isEqualTo(styles);
        return library.styles()
                .recognise(made.prompt(), String.join(", ", made.positive()), String.join(", ", made.negative()));
    }

    @Test
    void theStylesOfAPictureAreFoundByTheirTexts() {
        for (List<String> styles : List.of(
                List.of("Fooocus V2", "Fooocus Enhance", "Fooocus Sharp"),
                List.of("Fooocus V2"),
                List.of("SAI Anime"),
                List.of("Fooocus Enhance", "MRE Manga", "Watercolor 2"),
                List.<String>of())) {
            assertThat(recognised("a cat on a red chair", styles)).isEqualTo(styles);
            assertThat(recognised("a cat\nin the evening", styles)).isEqualTo(styles);
        }
    }

    @Test
    void anyTwoStylesAreFound() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> names = library.styles().names().stream()
                .filter(name -> library.styles().find(name).isPresent())
                .toList();
        for (int round = 0; round < 100; round++) {
            List<String> two = List.of(names.get(random.nextInt(names.size())), "Fooocus Sharp");
            if (!two.get(0).equals(two.get(1))) {
                assertThat(recognised("a ship", two)).isEqualTo(two);
            }
        }
    }
}
