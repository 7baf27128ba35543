package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilePublisherTest {

    private static final byte[] BYTES = {1, 2, 3};

    @TempDir
    Path folder;

    /** A file system without hard links says so in one of two ways. */
    private record NoLinks(boolean unsupported) implements FilePublisher.Disk {
        @Override
        public void link(Path name, Path existing) throws IOException {
            if (unsupported) {
                throw new UnsupportedOperationException();
            }
            throw new FileSystemException(name.toString(), existing.toString(), "Operation not permitted");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withoutHardLinksTheFileIsMovedAndReplacesNone(boolean unsupported) throws IOException {
        FilePublisher publisher = new FilePublisher(new NoLinks(unsupported));
        Files.write(folder.resolve("a.png"), new byte[] {9});

        Path file = publisher.publish(folder, names("a.png", "b.png"), BYTES, target -> {});

        assertThat(file).isEqualTo(folder.resolve("b.png")).hasBinaryContent(BYTES);
        assertThat(folder.resolve("a.png")).hasBinaryContent(new byte[] {9});
        assertThat(folder).isDirectoryNotContaining("glob:**/.*");
    }

    @Test
    void aFileThatAppearsWhileOursIsWrittenStays() throws IOException {
        FilePublisher publisher = new FilePublisher(new FilePublisher.Disk() {
            @Override
            public void write(PartFile part, byte[] bytes) throws IOException {
                FilePublisher.Disk.super.write(part, bytes);
                Files.write(folder.resolve("a.png"), new byte[] {9});
            }
        });

        Path file = publisher.publish(folder, names("a.png", "b.png"), BYTES, target -> {});

        assertThat(file).isEqualTo(folder.resolve("b.png"));
        assertThat(folder.resolve("a.png")).hasBinaryContent(new byte[] {9});
    }

    @Test
    void readersSeeNoFileUnderTheFinalNameWhileItIsWritten() throws IOException {
        FilePublisher publisher = new FilePublisher(new FilePublisher.Disk() {
            @Override
            public void write(PartFile part, byte[] bytes) throws IOException {
                FilePublisher.Disk.super.write(part, bytes);
                assertThat(folder.resolve("a.png")).doesNotExist();
                assertThat(part.path()).exists();
            }
        });
        assertThat(publisher.publish(folder, names("a.png"), BYTES, target -> {}))
                .hasBinaryContent(BYTES);
    }

    @Test
    void aNameInTheHandsOfAnotherWriterIsPassedOver() throws IOException {
        Files.write(folder.resolve(".a.png.part"), new byte[] {9});
        Path file = new FilePublisher().publish(folder, names("a.png", "b.png"), BYTES, target -> {});
        assertThat(file).isEqualTo(folder.resolve("b.png"));
        assertThat(folder.resolve(".a.png.part")).hasBinaryContent(new byte[] {9});
    }

    @Test
    void aFolderThatVanishesIsMadeAgain() throws IOException {
        Path day = folder.resolve("day");
        AtomicInteger writes = new AtomicInteger();
        FilePublisher publisher = new FilePublisher(new FilePublisher.Disk() {
            @Override
            public void write(PartFile part, byte[] bytes) throws IOException {
                FilePublisher.Disk.super.write(part, bytes);
                if (writes.getAndIncrement() == 0) {
                    Files.delete(part.path());
                    Files.delete(day);
                }
            }
        });
        assertThat(publisher.publish(day, names("a.png"), BYTES, target -> {})).hasBinaryContent(BYTES);
        assertThat(writes).hasValue(2);
    }

    @Test
    void aFolderThatVanishesEachTimeIsAnError() {
        FilePublisher publisher = new FilePublisher(new FilePublisher.Disk() {
            @Override
            public void write(PartFile part, byte[] bytes) throws IOException {
                Files.delete(part.path());
            }
        });
        assertThatThrownBy(() -> publisher.publish(folder, names("a.png"), BYTES, target -> {}))
                .isInstanceOf(IOException.class);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void withoutAFreeNameItFailsAndSaysSo() throws IOException {
        Files.write(folder.resolve("a.png"), new byte[] {9});
        assertThatThrownBy(() -> new FilePublisher().publish(folder, names("a.png"), BYTES, target -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no name is free");
    }

    private static Iterator<String> names(String... names) {
        return List.of(names).iterator();
    }
}
