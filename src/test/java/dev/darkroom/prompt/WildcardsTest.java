package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WildcardsTest {

    @TempDir
    Path folder;

    private final List<String> problems = new ArrayList<>();

    @BeforeEach
    void write() throws Exception {
        file("colour", "red", "", "green", "blue");
        file("flower", "rose", "lily");
        file("bouquet", "__colour__ __flower__");
        file("sub/animal", "cat");
        file("empty");
    }

    private void file(String name, String... lines) throws Exception {
        Path file = folder.resolve(name + ".txt");
        Files.createDirectories(file.getParent());
        Files.write(file, List.of(lines));
    }

    private Wildcards open() {
        return Wildcards.open(folder, problems::add);
    }

    private static Wildcards.Choice random(long seed) {
        return Wildcards.Choice.of(new PythonRandom(seed), 0, false);
    }

    private static Wildcards.Choice inOrder(int image) {
        return Wildcards.Choice.of(new PythonRandom(0), image, true);
    }

    @Test
    void linesComeInTheOrderOfPythonsRandomNumbers() {
        // random.Random(7).choice over the three colours, then over the two flowers
        assertThat(open().resolve("__colour__ __colour__ __flower__", random(7)))
                .isEqualTo("green red lily");
    }

    @Test
    void whatIsPutInMayHoldWildcards() {
        assertThat(open().resolve("a __bouquet__ and a __animal__", inOrder(1))).isEqualTo("a green lily and a cat");
    }

    @Test
    void inOrderTheImagesIndexChooses() {
        Wildcards wildcards = open();
        assertThat(List.of(0, 1, 2, 3))
                .map(image -> wildcards.resolve("__colour__", inOrder(image)))
                .containsExactly("red", "green", "blue", "red");
    }

    @Test
    void aNameWithoutLinesStaysAsAWord() {
        assertThat(open().resolve("__nothing__ __empty__ _a_ __", random(1))).isEqualTo("nothing empty _a_ __");
        assertThat(Wildcards.none().resolve("__colour__", random(1))).isEqualTo("colour");
    }

    @Test
    void whatGrowsWithoutEndIsCut() throws Exception {
        file("twice", "__twice__ __twice__");
        file("self", "__self__");
        file("long", "x".repeat(9000) + " __long__ __long__");
        Wildcards wildcards = open();
        assertThat(wildcards.resolve("__self__", random(1))).isEqualTo("self");
        assertThat(wildcards.resolve("__twice__", random(1)).length()).isLessThanOrEqualTo(PromptLines.LONGEST);
        assertThat(wildcards.resolve("__long__", random(1)).length()).isLessThanOrEqualTo(PromptLines.LONGEST);
    }

    @Test
    void filesAreReadAgainWhenAskedFor() throws Exception {
        Wildcards wildcards = open();
        file("colour", "black");
        file("stone", "opal");
        assertThat(wildcards.names()).containsExactly("animal", "bouquet", "colour", "flower");
        wildcards.refresh(problems::add);
        assertThat(wildcards.names()).containsExactly("animal", "bouquet", "colour", "flower", "stone");
        assertThat(wildcards.resolve("__colour__ __stone__", random(1))).isEqualTo("black opal");
        assertThat(problems).isEmpty();
    }

    @Test
    void aFileInOtherLettersIsToldAndLeftOut() throws Exception {
        Files.write(folder.resolve("latin.txt"), "café".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(open().names()).contains("colour").doesNotContain("latin");
        assertThat(problems).singleElement().asString().contains("latin.txt").contains("UTF-8");
    }

    @Test
    void aMissingFolderHoldsNothing() {
        assertThat(Wildcards.open(folder.resolve("none"), problems::add).names())
                .isEmpty();
    }
}
