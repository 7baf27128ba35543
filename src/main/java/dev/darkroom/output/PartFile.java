package dev.darkroom.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A picture in the making: {@code .name.part} beside its final name. Taking that name also reserves the final one among
 * servers that share the folder. The writer holds a lock on the file, which the operating system frees when the writer
 * dies, so that a sweep knows at once which files belong to nobody.
 */
final class PartFile implements AutoCloseable {

    static final String ENDING = ".part";

    private final Path path;
    private final FileChannel channel;

    private PartFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Tells whether {@code file} has such a name. */
    static boolean isPart(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith(".") && name.endsWith(ENDING);
    }

    /**
     * Takes the temporary name that belongs to {@code target}.
     *
     * @throws FileAlreadyExistsException if another writer has it
     */
    static PartFile create(Path target) throws IOException {
        Path path = target.resolveSibling("." + target.getFileName() + ENDING);
        FileChannel channel = FileChannel.open(path, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW));
        lock(channel);
        return new PartFile(path, channel);
    }

    /** Writes all of {@code bytes} to the disk itself. */
    void write(byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            channel.write(left);
        }
        channel.force(true);
    }

    Path path() {
        return path;
    }

    /** Deletes the temporary name and frees the lock. */
    @Override
    public void close() {
        try (channel) {
            Files.deleteIfExists(path);
        } catch (IOException left) {
            // the picture is safe or given up by now; the sweep finds what is left
        }
    }

    /**
     * Tells whether a writer that lives holds the file at {@code path}.
     *
     * @throws IOException if this file system has no locks, or the file is gone
     */
    static boolean isBeingWritten(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            return channel.tryLock() == null;
        } catch (OverlappingFileLockException ours) {
            return true;
        }
    }

    /** Without a lock the file's age says whether it is in use. */
    private static @Nullable FileLock lock(FileChannel channel) {
        try {
            return channel.tryLock();
        } catch (IOException | OverlappingFileLockException unsupported) {
            return null;
        }
    }
}
