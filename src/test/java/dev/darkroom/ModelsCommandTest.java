package dev.darkroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.model.install.ModelArchives;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

    @Test
    void whatIsNoModelFailsWithTheReasonAndLeavesNothing() throws Exception {
        Path source = TinyPipeline.write(folder, "tiny").path();
        byte[] zip = ModelArchives.zip(source, "");
        String page = "<!DOCTYPE html><html><body>Log in</body></html>";
        assertFails("page.zip", page.getBytes(StandardCharsets.UTF_8), "page.zip is a web page, not an archive");
        assertFails("anime.safetensors", new byte[300], "tools/export_model.py does it");
        assertFails("half.zip", Arrays.copyOf(zip, zip.length / 2), "The archive is damaged");
        assertFails("half.tar.gz", Arrays.copyOf(ModelArchives.tarGz(source, ""), 2000), "is damaged");
        assertThat(run("add", folder.resolve("no-such.zip").toString())).isEqualTo(1);
        assertThat(text(err)).startsWith("darkroom: ").contains("no-such.zip");
        Path whole = Files.write(folder.resolve("whole.zip"), zip);
        assertThat(run("add", whole.toString(), "--sha256", "0".repeat(64))).isEqualTo(1);
        assertThat(text(err)).contains("darkroom: ").contains("its SHA-256 is ");
        assertThat(run("list")).isZero();
        assertThat(text(out)).startsWith("There is no model in ");
        assertThat(run("add", whole.toString())).isZero();
    }

    private void assertFails(String name, byte[] content, String reason) throws Exception {
        Path file = Files.write(folder.resolve(name), content);
        assertThat(run("add", file.toString())).as(name).isEqualTo(1);
        assertThat(text(err)).as(name).contains("darkroom: ").contains(reason);
        assertThat(text(err).lines().filter(line -> line.startsWith("\tat ")))
                .as(name)
                .isEmpty();
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
