package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.darkroom.model.Device;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelFiles;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.testing.RecordedLog;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the log tells of folders that can't be used. */
final class KnownModelsTest {

    @RegisterExtension
    final RecordedLog log = new RecordedLog(KnownModels.class);

    private final KnownModels known = new KnownModels("", CountedModels.roomFor(1));

    @Test
    void aRefusedFolderIsToldOnceForEachReason() {
        assertThat(toldOf(folder("a", "x is missing"), folder("b", null)))
                .containsExactly("Model a can't be used: x is missing");
        assertThat(toldOf(folder("a", "x is missing"), folder("b", null))).isEmpty();
        assertThat(toldOf(folder("a", "y is missing"), folder("b", "z is missing")))
                .containsExactly("Model a can't be used: y is missing", "Model b can't be used: z is missing");
        assertThat(toldOf(folder("a", null), folder("b", "z is missing"))).isEmpty();
        assertThat(toldOf(folder("a", "y is missing"), folder("b", "z is missing")))
                .as("back again after it was mended")
                .containsExactly("Model a can't be used: y is missing");
    }

    @Test
    void aRefusedFolderThatIsWaitedForIsToldTooWhenItComes() {
        known.expect(List.of("a"));
        assertThat(toldOf(folder("a", "x is missing"))).containsExactly("Model a can't be used: x is missing");
        assertThat(toldOf()).containsExactly("The folder of model a is gone");
        assertThat(toldOf(folder("a", "x is missing"))).containsExactly("Model a can't be used: x is missing");
    }

    private List<String> toldOf(ModelFolder... folders) {
        log.clear();
        Map<ModelFolder, ModelFiles> found = new LinkedHashMap<>();
        for (ModelFolder folder : folders) {
            found.put(folder, ModelFiles.NONE);
        }
        known.take(new Device("none", "this is a test"), found, false);
        assertThat(log.levels()).allMatch(Level.WARN::equals);
        return log.lines();
    }

    private static ModelFolder folder(String name, @Nullable String problem) {
        return new ModelFolder(name, Path.of("nowhere", name), ModelDefaults.NONE, problem);
    }
}
