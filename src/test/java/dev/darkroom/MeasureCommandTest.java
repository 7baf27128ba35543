package dev.darkroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.TinyPipeline;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasureCommandTest {

    private static final int MOST_ROWS = 4;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return new MeasureCommand(
                        folder.resolve("models"),
                        folder.resolve("measurements"),
                        new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0),
                        MOST_ROWS,
                        stream(out),
                        stream(err))
                .run(List.of(arguments));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aModelsCurveIsPrintedAndKept() throws Exception {
        TinyPipeline.write(folder.resolve("models"), "tiny");
        assertThat(run("tiny")).as(text(err)).isZero();
        assertThat(text(out))
                .startsWith("tiny, latents of ")
                .containsPattern("\\n +1 +\\d+\\.\\d +\\d+\\.\\d\\n +2 ")
                .containsPattern("A call holds [1-4] rows at most");
        try (Stream<Path> kept = Files.list(folder.resolve("measurements"))) {
            assertThat(kept)
                    .singleElement()
                    .satisfies(file -> assertThat(Files.readString(file))
                            .contains("\"model\" : \"tiny\"", "\"rows\" : 1", "\"samples\" : 5"));
        }
    }

    @Test
    void whatIsNoModelIsAnError() {
        assertThat(run("nothing")).isEqualTo(1);
        assertThat(text(err)).contains("there is no model nothing in ");
        assertThat(run()).isEqualTo(2);
        assertThat(folder.resolve("measurements")).doesNotExist();
    }
}
