package dev.darkroom.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The embedded database's folder, held by one process at a time: the operating system drops the lock with the process,
 * however that ends.
 *
 * <pre>
 * cluster/       PostgreSQL's data, owned by the account that runs it; appears whole, by a rename
 * password       of the database user, for this user's eyes only
 * postgres.log   what PostgreSQL said
 * lock           the process that holds the folder
 * </pre>
 */
final class ClusterFolder implements AutoCloseable {

    private static final Set<String> OURS =
            Set.of("cluster", "cluster.part", "password", "postgres.log", "postgres.log.1", "lock", "programs");
    private static final String PRIVATE = "rwx------";

    private final Path folder;
    private final FileChannel channel;
    private final FileLock lock;

    private ClusterFolder(Path folder, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Takes the folder, which is made if there is none.
     *
     * @throws DatabaseException if it is somebody else's, or can't be used
     */
    static ClusterFolder open(Path path) {
        Path folder = path.toAbsolutePath().normalize();
        @Nullable FileChannel channel = null;
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(folder.getParent());
                Files.createDirectory(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
            }
            refuseForeign(folder);
            channel = FileChannel.open(
                    folder.resolve("lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            @Nullable FileLock lock = tryLock(channel);
            if (lock == null) {
                String holder = Files.readString(folder.resolve("lock")).trim();
                throw new DatabaseException("The database in %s is in use by another Darkroom%s."
                        .formatted(path, holder.isEmpty() ? "" : ", process " + holder));
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return new ClusterFolder(folder, channel, lock);
        } catch (IOException | RuntimeException e) {
            closeQuietly(channel);
            throw e instanceof DatabaseException told ? told : problem(path, e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    private static void refuseForeign(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            Set<String> foreign = entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !OURS.contains(name))
                    .collect(Collectors.toSet());
            if (foreign.contains("PG_VERSION")) {
                throw new DatabaseException(
                        "%s is a PostgreSQL data folder that Darkroom did not make: set database.folder to another one."
                                .formatted(folder));
            }
            if (!foreign.isEmpty()) {
                throw new DatabaseException("%s holds other files (%s): set database.folder to a folder of its own."
                        .formatted(folder, foreign.iterator().next()));
            }
        }
    }

    /** Says what keeps {@code path} from being used. */
    static DatabaseException problem(Path path, Exception cause) {
        String text = String.valueOf(cause.getMessage());
        if (cause instanceof AccessDeniedException) {
            return new DatabaseException("This user may not use %s for the database.".formatted(text), cause);
        }
        if (cause instanceof FileAlreadyExistsException) {
            return new DatabaseException("%s is in the way of the database's folder.".formatted(text), cause);
        }
        if (text.contains("No space left")) {
            return new DatabaseException("The disk that holds %s is full.".formatted(path), cause);
        }
        return new DatabaseException("The database's folder %s can't be used: %s".formatted(path, cause), cause);
    }

    Path folder() {
        return folder;
    }

    Path cluster() {
        return folder.resolve("cluster");
    }

    Path unfinishedCluster() {
        return folder.resolve("cluster.part");
    }

    Path log() {
        return folder.resolve("postgres.log");
    }

    Path passwordFile() {
        return folder.resolve("password");
    }

    /** Tells whether there is a cluster to start. */
    boolean isInitialized() {
        return Files.isDirectory(cluster());
    }

    /**
     * Checks that the programs can run the cluster.
     *
     * @param major such as {@code 18}
     */
    void checkVersion(String major) {
        try {
            String found = Files.readString(cluster().resolve("PG_VERSION")).trim();
            if (!major.isEmpty() && !found.equals(major)) {
                throw new DatabaseException(
                        "The database in %s was made by PostgreSQL %s, and this Darkroom brings %s: start the Darkroom that made it, dump its data, and load them into a new folder."
                                .formatted(folder, found, major));
            }
        } catch (AccessDeniedException e) {
            throw problem(folder, e);
        } catch (IOException e) {
            throw new DatabaseException(
                    "The database in %s is damaged: its cluster folder has no readable PG_VERSION.".formatted(folder),
                    e);
        }
    }

    /** Returns the database user's password. */
    String password() {
        try {
            return Files.readString(passwordFile()).trim();
        } catch (IOException e) {
            throw new DatabaseException(
                    "The database's password in %s can't be read: %s".formatted(passwordFile(), e), e);
        }
    }

    /** Writes a file that only its owner may read, in place of an older one. */
    static void writePrivate(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text, StandardOpenOption.SYNC);
    }

    /** Makes an empty folder that only its owner may enter, in place of an older one. */
    static void renewPrivateFolder(Path folder) throws IOException {
        DeletedFolder.delete(folder);
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
    }

    /** Lets others have the folder. */
    @Override
    public void close() {
        try {
            lock.release();
        } catch (IOException goneWithTheChannel) {
            // closing drops it in any case
        }
        closeQuietly(channel);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // nothing was written that must last
            }
        }
    }
}
