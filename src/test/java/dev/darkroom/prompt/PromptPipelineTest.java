package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptPipelineTest {

    @TempDir
    Path folder;

    private PromptPipeline pipeline;

    @BeforeEach
    void open() throws Exception {
        Path styles = Files.createDirectories(folder.resolve("styles"));
        Path wildcards = Files.createDirectories(folder.resolve("wildcards"));
        Files.writeString(styles.resolve("mine.json"), """
                [{"name": "oil", "prompt": "oil painting of {prompt}\\nthick strokes", "negative_prompt": "photo\\nflat"},
                 {"name": "plain", "negative_prompt": "noise"},
                 {"name": "loud", "prompt": "loud {prompt}"}]""");
        Files.writeString(wildcards.resolve("colour.txt"), "red\ngreen\nblue\n");
        Files.writeString(
                wildcards.resolve("animal.txt"),
                IntStream.range(0, 17).mapToObj(i -> "animal" + i).collect(Collectors.joining("\n")));
        List<String> problems = new ArrayList<>();
        pipeline = new PromptPipeline(
                Styles.open(styles, problems::add),
                Wildcards.open(wildcards, problems::add),
                PromptExpansion.of(new ObjectMapper().readTree("""
                        {"groups": [{"phrases": [{"text": "soft glow"}]}, {"phrases": [{"text": "fine grain"}]}]}""")),
                stem -> stem.startsWith("there"));
        assertThat(problems).isEmpty();
    }

    private ExpandedPrompt expand(String prompt, String negative, int image, long seed, String... styles) {
        PromptRequest request = new PromptRequest(prompt, negative, List.of(styles), false, List.of(), 77);
        return pipeline.expand(request, image, seed);
    }

    @Test
    void linesAreCleanedAndEncodedForThemselves() {
        ExpandedPrompt expanded = expand("  a  cat , by the   sea., \r\n\n . \nsecond,line\n", "\nugly\nbad", 0, 1);
        assertThat(expanded.positive()).containsExactly("a cat, by the sea", "second,line");
        assertThat(expanded.negative()).containsExactly("ugly", "bad");
        assertThat(expanded.prompt()).isEqualTo("a cat, by the sea\nsecond,line");
        assertThat(expanded.negativePrompt()).isEqualTo("ugly\nbad");
        assertThat(expanded.pooled()).isEqualTo(2);
        assertThat(expanded.notes()).isEmpty();
    }

    @Test
    void stylesSurroundTheMainLineInFooocusOrder() {
        ExpandedPrompt expanded = expand("a cat\nextra", "ugly\nmore", 0, 1, "Plain", "Oil", "Fooocus V2");
        assertThat(expanded.positive())
                .startsWith("oil painting of a cat", "thick strokes", "extra")
                .hasSize(4);
        assertThat(expanded.expansion())
                .startsWith("a cat, ")
                .isEqualTo(expanded.positive().get(3));
        assertThat(expanded.pooled()).isEqualTo(3);
        assertThat(expanded.negative()).containsExactly("noise", "photo", "flat", "ugly", "more");
        assertThat(expanded.styles()).containsExactly("Plain", "Oil", "Fooocus V2");
    }

    @Test
    void withoutAPlaceForItTheMainLineStandsFirst() {
        assertThat(expand("a cat", "", 0, 1, "Plain").positive()).containsExactly("a cat");
        assertThat(expand("", "", 0, 1).positive()).containsExactly("");
        assertThat(expand("", "", 0, 1, "Fooocus V2").expansion()).isEmpty();
        assertThat(expand("", "", 0, 1).negative()).containsExactly("");
    }

    @Test
    void wildcardsDrawInTheOrderMainNegativeExtraAndExtraNegative() {
        // 17 animals: Fooocus' own check values for seed 0 are 12, 13, 1, 8
        ExpandedPrompt expanded = expand("__animal__\n__animal__", "__animal__\n__animal__", 0, 0);
        assertThat(expanded.positive()).containsExactly("animal12", "animal1");
        assertThat(expanded.negative()).containsExactly("animal13", "animal8");
    }

    @Test
    void arraysCountThroughAllCombinations() {
        assertThat(IntStream.range(0, 7)
                        .mapToObj(image -> expand("[[red,green]] [[cat, dog , owl]]", "", image, 1)
                                .positive()
                                .get(0)))
                .containsExactly(
                        "red cat", " green cat", "red  dog", " green  dog", "red  owl", " green  owl", "red cat");
    }

    @Test
    void aWildcardMayFillAnArray() {
        PromptRequest request = new PromptRequest("[[__colour__, white]] cat", "", List.of(), true, List.of(), 77);
        assertThat(pipeline.expand(request, 1, 1).positive()).containsExactly(" white cat");
        assertThat(pipeline.expand(request, 2, 1).positive()).containsExactly("blue cat");
    }

    @Test
    void inlineLorasAreTakenOutOfTheMainLine() {
        ExpandedPrompt expanded =
                expand("a cat <lora:there:0.5>,, sea <lora:gone:-1> <lora:there:2> <lora:bad>", "", 0, 1);
        assertThat(expanded.positive()).containsExactly("a cat, sea <lora:bad>");
        assertThat(expanded.loras()).containsExactly(new LoraWeight("there", 0.5));
        assertThat(expanded.notes()).containsExactly("The LoRA gone is not installed, so it was left out.");
    }

    @Test
    void theRequestsLorasGoBeforeThePromptsAndFiveAreUsed() {
        List<LoraWeight> asked = List.of(new LoraWeight("there1.safetensors", 1), new LoraWeight("there2", 1));
        PromptRequest request = new PromptRequest(
                "<lora:there1:9><lora:there3:1><lora:there4:1><lora:there5:1><lora:there6:.5>a cat",
                "",
                List.of(),
                false,
                asked,
                77);
        ExpandedPrompt expanded = pipeline.expand(request, 0, 1);
        assertThat(expanded.loras())
                .extracting(LoraWeight::stem)
                .containsExactly("there1", "there2", "there3", "there4", "there5");
        assertThat(expanded.loras().get(0).weight()).isEqualTo(1);
        assertThat(expanded.notes()).singleElement().asString().contains("there6");
    }

    @Test
    void aRandomStyleIsDrawnForEachImageAndNamed() {
        List<String> drawn = IntStream.range(0, 30)
                .mapToObj(seed -> expand("a cat", "", 0, seed, "Random Style").styles())
                .flatMap(List::stream)
                .distinct()
                .toList();
        assertThat(drawn).containsExactlyInAnyOrder("Oil", "Plain", "Loud");
        assertThat(expand("a cat", "", 0, 3, "Random Style")).isEqualTo(expand("a cat", "", 0, 3, "Random Style"));
    }

    @Test
    void aStyleWithoutTextIsNoted() {
        ExpandedPrompt expanded = expand("a cat", "", 0, 1, "SAI Anime", "Oil");
        assertThat(expanded.styles()).containsExactly("Oil");
        assertThat(expanded.notes()).singleElement().asString().contains("SAI Anime");
    }

    @Test
    void aStyleThatTheModelCantReadIsLeftOut() {
        PromptRequest request = new PromptRequest("a cat", "", List.of("Oil", "Plain"), false, List.of(), 3);
        ExpandedPrompt expanded = pipeline.expand(request, 0, 1);
        assertThat(expanded.styles()).containsExactly("Plain");
        assertThat(expanded.positive()).containsExactly("a cat");
        assertThat(expanded.notes()).singleElement().asString().contains("Oil").contains("3 tokens");
    }

    @Test
    void tooMuchIsCutAndNoted() {
        ExpandedPrompt lines = expand("line\n".repeat(100), "", 0, 1);
        assertThat(lines.positive()).hasSizeLessThanOrEqualTo(16);
        assertThat(lines.notes()).isNotEmpty();
        ExpandedPrompt styles =
                expand("a cat", "", 0, 1, "Oil", "Oil", "Oil", "Oil", "Oil", "Oil", "Oil", "Oil", "Oil");
        assertThat(styles.positive()).hasSize(15);
        assertThat(styles.negative()).hasSize(16);
        // a text of twenty chunks leaves no room for another
        ExpandedPrompt large = expand("word ".repeat(1500) + "\nsecond", "", 0, 1);
        assertThat(large.positive()).hasSize(1);
        assertThat(large.notes()).isNotEmpty();
        assertThat(styles.notes()).hasSize(2);
        assertThat(expand("x".repeat(100_000), "", 0, 1).positive().get(0).length())
                .isLessThanOrEqualTo(PromptLines.LONGEST);
    }
}
