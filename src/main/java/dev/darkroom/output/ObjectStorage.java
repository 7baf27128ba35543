package dev.darkroom.output;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;

/**
 * Keeps pictures outside of every node. Paths are those of a {@link dev.darkroom.task.SavedImage}. Safe from any
 * thread; blocks.
 */
public interface ObjectStorage extends AutoCloseable {

    /** Returns the storage that is configured; connects to nothing yet. */
    static ObjectStorage open(ObjectStorageConfig config) {
        return new S3Storage(config);
    }

    /** Stores a file under {@code path} in place of what was there. Returns once it is durable. */
    void put(String path, Path file) throws IOException;

    /**
     * Writes what is stored under {@code path} to a file, which must not exist.
     *
     * @return false if there is nothing; then no file is left
     */
    boolean get(String path, Path file) throws IOException;

    /** Deletes what is stored under these paths; missing ones are no error. */
    void delete(Collection<String> paths) throws IOException;

    @Override
    void close();
}
