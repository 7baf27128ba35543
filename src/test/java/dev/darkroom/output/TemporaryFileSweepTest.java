package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFileSweepTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final Duration AGE = Duration.ofHours(1);

    @TempDir
    Path root;

    private Path day;
    private TemporaryFileSweep sweep;

    @BeforeEach
    void open() throws Exception {
        day = Files.createDirectory(root.resolve("2026-11-21"));
        sweep = new TemporaryFileSweep(OutputFolder.open(root), AGE, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @Test
    void oldUnfinishedFilesGoAndTheirFolderWithThem() throws IOException {
        Path old = file(".a.png.part", AGE.plusSeconds(1));
        assertThat(sweep.sweep()).isEqualTo(1);
        assertThat(old).doesNotExist();
        assertThat(day).doesNotExist();
        assertThat(root).exists();
    }

    @Test
    void youngOnesAndFinishedOnesStay() throws IOException {
        Path young = file(".a.png.part", AGE.minusSeconds(1));
        Path finished = file("b.png", Duration.ofDays(400));
        Path foreign = file(".part", Duration.ofDays(400));
        Files.delete(foreign);
        assertThat(sweep.sweep()).isZero();
        assertThat(young).exists();
        assertThat(finished).exists();
    }

    @Test
    void atStartTheYoungGoTooButNotThoseInTheMaking() throws IOException {
        Path young = file(".a.png.part", Duration.ZERO);
        try (PartFile written = PartFile.create(day.resolve("b.png"))) {
            assertThat(sweep.sweepAtStart()).isEqualTo(1);
            assertThat(young).doesNotExist();
            assertThat(written.path()).exists();
        }
    }

    @Test
    void aFileThatAnotherProcessWritesStaysUntilThatProcessDies() throws Exception {
        Path part = day.resolve(".b.png.part");
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        day.resolve("b.png").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(writer.inputReader().readLine()).isEqualTo("holding");
            assertThat(sweep.sweepAtStart()).isZero();
            assertThat(part).exists();
        } finally {
            writer.destroyForcibly();
        }
        assertThat(writer.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(sweep.sweepAtStart()).isEqualTo(1);
        assertThat(part).doesNotExist();
    }

    private Path file(String name, Duration age) throws IOException {
        Path file = Files.write(day.resolve(name), new byte[] {1});
        return Files.setLastModifiedTime(file, FileTime.from(NOW.minus(age)));
    }

    /** Holds a temporary file until it is killed. */
    static final class Writer {
        public static void main(String[] arguments) throws Exception {
            try (PartFile part = PartFile.create(Path.of(arguments[0]))) {
                part.write(new byte[] {1});
                System.out.println("holding");
                System.in.read();
            }
        }
    }
}
