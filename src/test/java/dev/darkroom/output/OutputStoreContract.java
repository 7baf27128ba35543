package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.RgbImage;
import dev.darkroom.image.TestPictures;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link OutputStore} keeps. */
abstract class OutputStoreContract {

    static final RgbImage PICTURE = TestPictures.plain(24, 16, 0x336699);

    /** Returns an empty store. */
    static final Attempt ATTEMPT = new Attempt(TaskId.random(), 1);

    abstract OutputStore store();

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void aSavedPictureIsFoundWithItsPixelsAndParameters(ImageFormat format) throws Exception {
        Map<String, String> parameters = Map.of("parameters", "Käse, 猫");
        SavedImage saved = store().save(ATTEMPT, 2, 77, PICTURE, format, parameters, null);

        assertThat(saved.index()).isEqualTo(2);
        assertThat(saved.seed()).isEqualTo(77);
        assertThat(saved.width()).isEqualTo(24);
        assertThat(saved.height()).isEqualTo(16);
        assertThat(saved.path()).endsWith("." + format.extension()).doesNotContain("\\");
        byte[] file = Files.readAllBytes(store().find(saved.path()).orElseThrow());
        ImageDecoder decoder = new ImageDecoder();
        assertThat(decoder.format(file)).isEqualTo(format);
        assertThat(decoder.parameters(file)).isEqualTo(parameters);
        assertThat(TestPictures.difference(decoder.decode(file), PICTURE)).isLessThan(3);
    }

    @Test
    void theSameNameNeverReplacesAFile() throws Exception {
        List<SavedImage> saved = new ArrayList<>();
        for (int colour = 0; colour < 4; colour++) {
            RgbImage picture = TestPictures.plain(8, 8, colour);
            saved.add(store().save(ATTEMPT, 0, 1, picture, ImageFormat.PNG, Map.of(), "cat"));
        }

        assertThat(saved).extracting(SavedImage::path).doesNotHaveDuplicates();
        for (int colour = 0; colour < 4; colour++) {
            Path file = store().find(saved.get(colour).path()).orElseThrow();
            assertThat(new ImageDecoder().decode(Files.readAllBytes(file)).rgb())
                    .isEqualTo(TestPictures.plain(8, 8, colour).rgb());
        }
    }

    @Test
    void manyThreadsSaveUnderOneNameAndNothingIsLost() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<SavedImage>> saving = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                RgbImage picture = TestPictures.plain(8, 8, i);
                saving.add(
                        threads.submit(() -> store().save(ATTEMPT, 0, 1, picture, ImageFormat.PNG, Map.of(), "cat")));
            }
            Set<String> paths = new HashSet<>();
            for (int i = 0; i < saving.size(); i++) {
                SavedImage saved = saving.get(i).get();
                paths.add(saved.path());
                byte[] file = Files.readAllBytes(store().find(saved.path()).orElseThrow());
                assertThat(new ImageDecoder().decode(file).rgb())
                        .isEqualTo(TestPictures.plain(8, 8, i).rgb());
            }
            assertThat(paths).hasSize(64);
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../../etc/passwd",
                "/etc/passwd",
                "..",
                "a/b\\c",
                "CON",
                "nul.txt",
                "a\u0000b\nc",
                ".hidden",
                "x:y*?"
            })
    void anyWishedNameStaysFindableInsideTheStore(String wish) throws Exception {
        SavedImage saved = store().save(ATTEMPT, 0, 1, PICTURE, ImageFormat.WEBP, Map.of(), wish);

        assertThat(store().find(saved.path())).isPresent();
        assertThat(saved.path().split("/")).noneMatch(segment -> segment.startsWith("."));
    }

    @Test
    void aLaterAttemptDeletesWhatTheEarlierOnesSavedAndNothingElse() throws Exception {
        Attempt first = new Attempt(TaskId.random(), 1);
        Attempt second = new Attempt(first.task(), 2);
        SavedImage dead = store().save(first, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), null);
        SavedImage living = store().save(second, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), null);
        SavedImage other = store().save(ATTEMPT, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), null);

        store().discardEarlier(second);
        store().discardEarlier(second);

        assertThat(store().find(dead.path())).isEmpty();
        assertThat(store().find(living.path())).isPresent();
        assertThat(store().find(other.path())).isPresent();
        store().settle(second, TaskResult.EMPTY);
        assertThat(store().find(living.path())).isEmpty();
    }

    @Test
    void aSettledAttemptKeepsWhatTheRowNamesAndIsForgotten() throws Exception {
        Attempt first = new Attempt(TaskId.random(), 1);
        SavedImage kept = store().save(first, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), null);
        SavedImage unnamed = store().save(first, 1, 2, PICTURE, ImageFormat.PNG, Map.of(), null);
        assertThat(store().unsettled()).containsExactly(first);

        store().settle(first, new TaskResult(List.of(kept), List.of()));
        store().discardEarlier(new Attempt(first.task(), 2));
        store().settle(first, TaskResult.EMPTY);

        assertThat(store().unsettled()).isEmpty();
        assertThat(store().find(kept.path())).isPresent();
        assertThat(store().find(unnamed.path())).isEmpty();
    }

    @Test
    void deletedPicturesAreGoneAndDeletingThemAgainIsNoError() throws Exception {
        SavedImage one = store().save(ATTEMPT, 0, 1, PICTURE, ImageFormat.PNG, Map.of(), null);
        SavedImage two = store().save(ATTEMPT, 1, 2, PICTURE, ImageFormat.PNG, Map.of(), null);
        SavedImage other = store().save(ATTEMPT, 0, 3, PICTURE, ImageFormat.PNG, Map.of(), null);
        TaskResult result = new TaskResult(List.of(one, two), List.of());

        store().delete(result);
        store().delete(result);

        assertThat(store().find(one.path())).isEmpty();
        assertThat(store().find(two.path())).isEmpty();
        assertThat(store().find(other.path())).isPresent();
    }

    @Test
    void whatWasNeverSavedIsNotFound() throws IOException {
        assertThat(store().find("2026-11-21/2026-11-21_10-15-30_1234.png")).isEmpty();
        assertThat(store().find("")).isEmpty();
    }
}
