package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.darkroom.model.Device;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelFiles;
import dev.darkroom.model.ModelFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log tells of folders that can't be used. */
final class KnownModelsTest {

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(KnownModels.class);
    private final KnownModels known = new KnownModels("", CountedModels.roomFor(1));

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(log);
    }

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
        log.list.clear();
        Map<ModelFolder, ModelFiles> found = new LinkedHashMap<>();
        for (ModelFolder folder : folders) {
            found.put(folder, ModelFiles.NONE);
        }
        known.take(new Device("none", "this is a test"), found, false);
        assertThat(log.list).allSatisfy(line -> assertThat(line.getLevel()).isEqualTo(Level.WARN));
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private static ModelFolder folder(String name, @Nullable String problem) {
        return new ModelFolder(name, Path.of("nowhere", name), ModelDefaults.NONE, problem);
    }
}
