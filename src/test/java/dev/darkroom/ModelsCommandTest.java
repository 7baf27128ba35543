package dev.darkroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelsCommandTest {

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return new ModelsCommand(folder.resolve("models"), stream(out), stream(err), false).run(List.of(arguments));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aModelIsAddedListedAndRemoved() throws Exception {
        Path source = TinyPipeline.write(
                        folder, "tiny", TinyPipeline.options().darkroomJson("{\"description\": \"Small.\"}"))
                .path();
        assertThat(run("list")).isZero();
        assertThat(text(out)).startsWith("There is no model in ");
        assertThat(run("add", source.toString(), "--name", "mine"))
                .as(text(err))
                .isZero();
        assertThat(text(out)).startsWith("Model mine is in ");
        assertThat(run("list")).isZero();
        assertThat(text(out)).matches("(?s)mine +\\d+ kB  Small\\.\\s+");
        assertThat(run("add", source.toString(), "--name", "mine")).isEqualTo(1);
        assertThat(text(err)).contains("darkroom: There is a model mine already");
        assertThat(run("add", "--replace", source.toString(), "--name", "mine")).isZero();
        assertThat(run("remove", "mine")).isZero();
        assertThat(run("remove", "mine")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "ad", "add", "add a b", "add --name", "add a --sha256 12", "add a --fast", "list x", "remove"
            })
    void wrongUseIsToldWithTheRightOne(String words) {
        assertThat(run(words.isEmpty() ? new String[0] : words.split(" "))).isEqualTo(2);
        assertThat(text(err)).startsWith("darkroom: ").contains("darkroom models add <url or path>");
    }

    @Test
    void theProgressIsDrawnOnATerminalAndWrittenInTenthsElsewhere() {
        AtomicLong clock = new AtomicLong();
        ProgressBar bar = new ProgressBar(stream(out), true, clock::get);
        bar.at("Downloading", 0, 2_000_000_000);
        clock.addAndGet(2_000_000_000);
        bar.at("Downloading", 500_000_000, 2_000_000_000);
        bar.end();
        assertThat(text(out))
                .contains("\rDownloading [#######                       ] 25 %  500 MB of 2.0 GB  250 MB/s  6 s left")
                .endsWith(System.lineSeparator());
        ProgressBar lines = new ProgressBar(stream(err), false, clock::get);
        for (int i = 0; i <= 1000; i++) {
            clock.addAndGet(1_000_000);
            lines.at("Downloading", i * 1_000_000L, 1_000_000_000);
        }
        assertThat(text(err).lines()).hasSize(11).last().asString().startsWith("Downloading 100 %");
    }
}
