package dev.darkroom.model.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.TinyPipeline;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a model may be called, whose place it takes, and what can be removed. */
class ModelNamesTest {

    @TempDir
    Path folder;

    private Path models;
    private Path source;
    private ModelInstaller installer;

    @BeforeEach
    void open() throws Exception {
        models = folder.resolve("models");
        source = TinyPipeline.write(folder.resolve("elsewhere"), "tiny").path();
        Progress silent = new Progress() {
            @Override
            public void at(String what, long done, long total) {}

            @Override
            public void note(String sentence) {}
        };
        Path unfinished = ModelInstaller.unfinished(models);
        installer =
                new ModelInstaller(models, new Download(unfinished, silent, Duration.ofMillis(400), Map.of()), silent);
    }

    private void install(@Nullable String name, boolean replace) throws InstallException {
        installer.install(source.toString(), name, Optional.empty(), replace);
    }

    private List<String> listed() {
        return new ModelCatalogue(models).scan().stream().map(ModelFolder::name).toList();
    }

    private void assertInstalled(String name) {
        assertThat(listed()).contains(name);
        assertThat(models.resolve(name).resolve("unet/model.onnx"))
                .hasSameBinaryContentAs(source.resolve("unet/model.onnx"));
    }

    private static void assertRefused(ThrowingCallable call, String sentence) {
        assertThatThrownBy(call).isInstanceOf(InstallException.class).hasMessageContaining(sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", ".hidden", "a/../b", "", "a b", "/a"})
    void aNameThatIsNoneIsRefused(String name) {
        assertRefused(() -> install(name, false), "can't be a model's name");
    }

    @Test
    void anotherModelOfTheNameIsReplacedOnlyOnRequest() throws Exception {
        TinyPipeline.write(models, "tiny", TinyPipeline.options().seed(9));
        assertRefused(() -> install(null, false), "There is a model tiny already");
        install(null, true);
        assertInstalled("tiny");
        installer.remove("tiny");
        assertThat(models.resolve("tiny")).doesNotExist();
        assertRefused(() -> installer.remove("tiny"), "There is no model tiny");
    }

    @Test
    void aFolderOfModelsIsNeverReplaced() throws Exception {
        TinyPipeline.write(models, "people/anna");
        TinyPipeline.write(models, "people/bob");
        for (boolean replace : List.of(false, true)) {
            assertRefused(
                    () -> install("people", replace),
                    "people is no model but a folder of others, and is not replaced: people/anna, people/bob");
        }
        assertThat(listed()).containsExactly("people/anna", "people/bob");
    }

    @Test
    void whatIsNoModelIsNeverReplacedButForAnEmptyFolder() throws Exception {
        Path photos = Files.createDirectories(models.resolve("photos"));
        for (String name : "fedcba".split("")) {
            Files.writeString(photos.resolve(name + ".jpg"), "x");
        }
        Path notes = Files.writeString(models.resolve("notes"), "x");
        assertRefused(() -> install("photos", true), "it holds a.jpg, b.jpg, c.jpg, d.jpg, e.jpg and 1 more");
        assertRefused(() -> install("notes", true), notes + " is no model, and is not replaced");
        assertRefused(() -> install("notes/anna", true), "notes/anna can't be put below " + notes);
        assertThat(photos.resolve("f.jpg")).exists();
        assertThat(notes).hasContent("x");
        Files.createDirectory(models.resolve("empty"));
        install("empty", false);
        assertInstalled("empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"anna/sub", "anna/unet/deeper", "1/2/3/4/5/6/7/8/9"})
    void aNameUnderWhichNothingIsFoundIsRefusedBeforeAnythingComes(String name) throws Exception {
        TinyPipeline.write(models, "anna");
        try (FileServer server = new FileServer()) {
            URI address = server.put("/tiny.zip", ModelArchives.zip(source, ""));
            assertRefused(
                    () -> installer.install(address.toString(), name, Optional.empty(), true),
                    name.startsWith("anna")
                            ? name + " would lie inside of the model anna"
                            : name + " would not be found: models are looked for 8 folders deep, and this is 9");
            assertThat(server.ranges).isEmpty();
        }
        assertThat(models.resolve(name)).doesNotExist();
    }

    @Test
    void theDeepestNameIsFound() throws Exception {
        install("1/2/3/4/5/6/7/8", false);
        assertInstalled("1/2/3/4/5/6/7/8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my model", "packed.zip", "people/Jürgen & Co"})
    void whateverIsListedCanBeRemoved(String name) throws Exception {
        TinyPipeline.write(models, name);
        installer.remove(name);
        assertThat(models.resolve(name)).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../elsewhere/tiny", "", ".", "people", "people/../people/anna"})
    void nothingElseCanBeRemoved(String name) throws Exception {
        TinyPipeline.write(models, "people/anna");
        assertRefused(() -> installer.remove(name), "There is no model " + name);
        assertThat(models.resolve("people/anna")).exists();
        assertThat(source).exists();
    }
}
