package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.darkroom.image.ImageEncoder;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.TestPictures;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileOutputStoreTest extends OutputStoreContract {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T23:30:05Z"), ZoneOffset.UTC);
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @TempDir
    Path temporary;

    private Path root;
    private OutputFolder folder;
    private FileOutputStore store;

    @BeforeEach
    void open() throws OutputFolderException {
        root = temporary.resolve("outputs");
        folder = OutputFolder.open(root);
        store = new FileOutputStore(folder, new ImageEncoder(), CLOCK, BERLIN, new Random(1));
    }

    @Override
    OutputStore store() {
        return store;
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "  ", "none", "None"})
    void theUsualNameIsTheLocalTimeAndFourDigits(String wish) throws IOException {
        assertThat(save(wish).path()).matches("2026-11-22/2026-11-22_00-30-05_[1-9]\\d{3}\\.png");
    }

    @Test
    void aWishedNameCarriesTheIndexAndThenTheNextFreeSuffix() throws IOException {
        assertThat(save("cat").path()).isEqualTo("2026-11-22/cat-0.png");
        assertThat(save("cat").path()).isEqualTo("2026-11-22/cat-0-2.png");
        assertThat(save("cat").path()).isEqualTo("2026-11-22/cat-0-3.png");
        Files.delete(root.resolve("2026-11-22/cat-0-2.png"));
        assertThat(save("cat").path()).isEqualTo("2026-11-22/cat-0-2.png");
    }

    @Test
    void aPictureWithTheSameSecondAndNumberTakesTheNextNumber() throws IOException {
        SavedImage one = withSeed(7).save(ATTEMPT, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), null);
        SavedImage two = withSeed(7).save(ATTEMPT, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), null);
        assertThat(number(two)).isEqualTo((number(one) - 1000 + 1) % 9000 + 1000);
    }

    private FileOutputStore withSeed(long seed) {
        return new FileOutputStore(folder, new ImageEncoder(), CLOCK, BERLIN, new Random(seed));
    }

    private static int number(SavedImage image) {
        return Integer.parseInt(image.path().replaceAll(".*_(\\d{4})\\.png", "$1"));
    }

    @Test
    void onlyFinishedFilesStayInTheFolder() throws IOException {
        save("cat");
        save(null);
        try (Stream<Path> files = Files.list(root.resolve("2026-11-22"))) {
            assertThat(files).hasSize(2).noneMatch(PartFile::isPart);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret.png",
                "2026-11-22/../../secret.png",
                "./2026-11-22/cat-0.png",
                "2026-11-22//cat-0.png",
                "/2026-11-22/cat-0.png",
                "2026-11-22/./cat-0.png",
                "2026-11-22\\cat-0.png",
                "%2e%2e/secret.png",
                "2026-11-22/%2e%2e/%2e%2e/secret.png",
                "2026-11-22/cat-0.png\0",
                "2026-11-22/cat-0.png/",
                "2026-11-22/cat-0.txt",
                "2026-11-22/.hidden.png",
                "2026-11-22/cat-0",
                "2026-11-22",
                "outside/secret.png",
                "2026-11-22/linked.png",
                "folder.png",
                "",
                ".png"
            })
    void nothingOutsideOrHiddenOrOfAnotherKindIsFound(String path) throws IOException {
        save("cat");
        Path secret = Files.write(temporary.resolve("secret.png"), new byte[] {1});
        Files.write(root.resolve("2026-11-22/cat-0.txt"), new byte[] {1});
        Files.write(root.resolve("2026-11-22/.hidden.png"), new byte[] {1});
        Files.createDirectory(root.resolve("folder.png"));
        Files.createSymbolicLink(root.resolve("outside"), temporary);
        Files.createSymbolicLink(root.resolve("2026-11-22/linked.png"), secret);

        assertThat(store.find("2026-11-22/cat-0.png")).isPresent();
        assertThat(store.find(path)).isEmpty();
        assertThat(store.find(temporary.resolve("secret.png").toString())).isEmpty();
    }

    @Test
    void deletingNeverLeavesTheFolder() throws IOException {
        Path secret = Files.write(temporary.resolve("secret.png"), new byte[] {1});
        SavedImage forged = new SavedImage(0, "../secret.png", 1, 1, 1);
        store.delete(new TaskResult(List.of(forged), List.of()));
        assertThat(secret).exists();
    }

    @Test
    void aDayWithoutPicturesLosesItsFolder() throws IOException {
        SavedImage one = save("cat");
        SavedImage two = save("dog");
        store.delete(new TaskResult(List.of(one), List.of()));
        assertThat(root.resolve("2026-11-22")).exists();
        store.delete(new TaskResult(List.of(two), List.of()));
        assertThat(root.resolve("2026-11-22")).doesNotExist();
        assertThat(root).exists();
        assertThat(store.find(save("cat").path())).isPresent();
    }

    @Test
    void aPictureThatTheFormatCannotHoldIsAnErrorThatSaysSo() {
        assertThatThrownBy(() ->
                        store.save(ATTEMPT, 0, 1, TestPictures.plain(17_000, 1, 0), ImageFormat.WEBP, Map.of(), null))
                .isInstanceOf(IOException.class)
                .hasMessage("WebP can't hold more than 16383 pixels a side.");
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void aFullDiskLeavesNothingBehind() {
        FilePublisher full = new FilePublisher(new FilePublisher.Disk() {
            @Override
            public void write(PartFile part, byte[] bytes) throws IOException {
                part.write(Arrays.copyOf(bytes, 10));
                throw new IOException("No space left on device");
            }
        });
        FileOutputStore unlucky = new FileOutputStore(folder, new ImageEncoder(), CLOCK, BERLIN, new Random(1), full);

        assertThatThrownBy(() -> unlucky.save(ATTEMPT, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), "cat"))
                .hasMessage("No space left on device");
        assertThat(root).isEmptyDirectory();
    }

    @Test
    void aFolderThatCannotBeMadeIsOneSentence() throws IOException {
        Path file = Files.write(temporary.resolve("file"), new byte[] {1});
        assertThatThrownBy(() -> OutputFolder.open(file))
                .isInstanceOf(OutputFolderException.class)
                .hasMessage("The output folder %s can't be written to: a file stands in its place.".formatted(file));
        assertThatThrownBy(() -> OutputFolder.open(file.resolve("below")))
                .isInstanceOf(OutputFolderException.class)
                .hasMessageStartingWith("The output folder " + file.resolve("below") + " can't be written to: ")
                .hasMessageEndingWith(".");
    }

    @Test
    void aFolderWithoutThePermissionIsRefused() throws IOException {
        Path locked = Files.createDirectory(temporary.resolve("locked"));
        assumeTrue(locked.toFile().setWritable(false) && !Files.isWritable(locked), "root may write everywhere");
        assertThatThrownBy(() -> OutputFolder.open(locked))
                .isInstanceOf(OutputFolderException.class)
                .hasMessageContaining("access is denied");
    }

    private SavedImage save(String wish) throws IOException {
        return store.save(ATTEMPT, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), wish);
    }
}
