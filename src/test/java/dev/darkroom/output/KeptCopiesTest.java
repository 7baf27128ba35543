package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptCopiesTest {

    @TempDir
    Path folder;

    private OutputFolder outputs;
    private KeptCopies copies;

    @BeforeEach
    void open() throws Exception {
        outputs = OutputFolder.open(folder.resolve("outputs"));
        copies = new KeptCopies(outputs);
    }

    @Test
    void aFolderKeepsItsName() throws Exception {
        assertThat(copies.place()).isEqualTo(copies.place());
        assertThat(new KeptCopies(OutputFolder.open(folder.resolve("outputs"))).place())
                .isEqualTo(copies.place());
        assertThat(new KeptCopies(OutputFolder.open(folder.resolve("others"))).place())
                .isNotEqualTo(copies.place());
    }

    @Test
    void aCopyStandsWhereTheFirstOneDidWithItsTime() throws Exception {
        assertThat(copies.keep("2026-11-21/cat.png", new byte[] {1, 2, 3}, 1_000_000_123_456L))
                .isTrue();
        Path file = copies.find("2026-11-21/cat.png").orElseThrow();
        assertThat(Files.readAllBytes(file)).containsExactly(1, 2, 3);
        assertThat(Files.getLastModifiedTime(file).toMillis()).isEqualTo(1_000_000_123_456L);
    }

    @Test
    void theSameCopyIsTakenTwiceAndAnotherFileIsNeverReplaced() throws Exception {
        assertThat(copies.keep("2026-11-21/cat.png", new byte[] {1}, 0)).isTrue();
        assertThat(copies.keep("2026-11-21/cat.png", new byte[] {1}, 0)).isTrue();
        assertThat(copies.keep("2026-11-21/cat.png", new byte[] {2}, 0)).isFalse();
        assertThat(Files.readAllBytes(copies.find("2026-11-21/cat.png").orElseThrow()))
                .containsExactly(1);
    }

    @Test
    void nothingIsWrittenOutsideOfTheFolderOrUnderAnotherEnding() throws Exception {
        for (String path : List.of("../cat.png", "a/../../cat.png", "/cat.png", ".cache/cat.png", "cat.sh", ".place")) {
            assertThat(copies.keep(path, new byte[] {1}, 0)).as(path).isFalse();
        }
        assertThat(folder.resolve("cat.png")).doesNotExist();
    }

    @Test
    void eachPictureIsNamedOnce() throws Exception {
        List<String> kept = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            String path = "2026-11-2%d/%d.png".formatted(i % 2, i);
            copies.keep(path, new byte[] {1}, 0);
            kept.add(path);
        }
        copies.place();
        List<String> named = new ArrayList<>();
        copies.each(2, some -> {
            assertThat(some.size()).isBetween(1, 2);
            named.addAll(some);
        });
        assertThat(named).containsExactlyInAnyOrderElementsOf(kept);
    }

    @Test
    void aCacheForgetsWhatWasNotAskedForTheLongest() throws Exception {
        PictureCache cache = new PictureCache(outputs, 25);
        for (String name : List.of("a.png", "b.png")) {
            cache.add(name, file -> Files.write(file, new byte[10]) != null);
        }
        assertThat(cache.find("a.png")).isPresent();
        cache.add("c.png", file -> Files.write(file, new byte[10]) != null);
        assertThat(cache.find("b.png")).isEmpty();
        assertThat(cache.find("a.png")).isPresent();
        assertThat(cache.find("c.png")).isPresent();
        assertThat(cache.add("d.png", file -> false)).isEmpty();
        new PictureCache(outputs, 25);
        assertThat(outputs.root().resolve(".cache")).isEmptyDirectory();
    }
}
