package dev.darkroom.model.install;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * What has come of the file behind an address, with what names its version there. It outlives the process, so that the
 * next one can go on, until it is discarded; only one may use it at a time.
 */
final class PartFile implements AutoCloseable {

    private final Path part;
    private final FileChannel lock;

    private PartFile(Path part, FileChannel lock) {
        this.part = part;
        this.lock = lock;
    }

    /**
     * Takes an address's file for itself.
     *
     * @param folder for unfinished files; made if it is missing
     * @throws InstallException if somebody else has it
     */
    static PartFile claim(Path folder, URI address) throws IOException, InstallException {
        Files.createDirectories(folder);
        Path part = folder.resolve(Checksum.ofText(address.toString()).substring(0, 24) + ".part");
        FileChannel channel =
                FileChannel.open(beside(part, ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean ours = false;
        try {
            FileLock lock = channel.tryLock();
            ours = lock != null;
        } catch (OverlappingFileLockException within) {
            throw new InstallException("Another download of %s is under way.".formatted(address), within);
        } finally {
            if (!ours) {
                channel.close();
            }
        }
        if (!ours) {
            throw new InstallException("Another download of %s is under way.".formatted(address));
        }
        return new PartFile(part, channel);
    }

    Path path() {
        return part;
    }

    /** Returns the bytes that can be gone on from: none where nobody knows of which version they are. */
    long size() throws IOException {
        return Files.exists(part) && Files.exists(version()) ? Files.size(part) : 0;
    }

    /** Returns what names the version that {@link #size} bytes have come of. */
    String ofVersion() throws IOException {
        return Files.readString(version());
    }

    /** Forgets what has come, as another version comes. */
    void restart(Optional<String> version) throws IOException {
        // first, lest the old bytes pass for the new version's if this is where the process ends
        Files.deleteIfExists(part);
        forgetVersion();
        if (version.isPresent()) {
            Files.writeString(version(), version.get());
        }
    }

    /** What has come can't be gone on from. */
    void forgetVersion() throws IOException {
        Files.deleteIfExists(version());
    }

    /** Nobody needs it any more. */
    void discard() throws IOException {
        forgetVersion();
        Files.deleteIfExists(part);
    }

    @Override
    public void close() throws IOException {
        try (lock) {
            if (!Files.exists(part)) {
                Files.deleteIfExists(beside(part, ".lock"));
            }
        }
    }

    private Path version() {
        return beside(part, ".version");
    }

    private static Path beside(Path part, String ending) {
        return part.resolveSibling(part.getFileName() + ending);
    }
}
