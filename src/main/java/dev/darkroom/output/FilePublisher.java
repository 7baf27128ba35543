package dev.darkroom.output;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;

/**
 * Puts whole files into a folder under names that nobody has: readers see the whole file or none, no file is ever
 * replaced, and a failure leaves nothing behind. The final name is taken by a hard link, which fails if it exists. Safe
 * from any thread.
 */
final class FilePublisher {

    /** Times that a folder is made again after someone removed it as empty. */
    private static final int FOLDER_ATTEMPTS = 10;

    /** How a temporary file is filled, and how it gets its final name. */
    interface Disk {

        default void write(PartFile part, byte[] bytes) throws IOException {
            part.write(bytes);
        }

        default void link(Path name, Path existing) throws IOException {
            Files.createLink(name, existing);
        }
    }

    /** Hears a file's final name before the file has it. */
    interface Announcement {
        void of(Path target) throws IOException;
    }

    private final Disk disk;

    FilePublisher() {
        this(new Disk() {});
    }

    FilePublisher(Disk disk) {
        this.disk = disk;
    }

    /**
     * Returns the file, which stands under the first of {@code names} that was free.
     *
     * @param announcement called while the name is reserved
     * @throws IOException if the disk refuses, or no name was free
     */
    Path publish(Path folder, Iterator<String> names, byte[] bytes, Announcement announcement) throws IOException {
        int missing = 0;
        while (names.hasNext()) {
            Path target = folder.resolve(names.next());
            while (!Files.exists(target)) {
                makeFolder(folder);
                try (PartFile part = PartFile.create(target)) {
                    if (Files.exists(target)) {
                        // it came before the temporary name kept others away; what is announced must be ours
                        break;
                    }
                    disk.write(part, bytes);
                    announcement.of(target);
                    take(target, part.path());
                    force(target, folder);
                    return target;
                } catch (FileAlreadyExistsException taken) {
                    break;
                } catch (NoSuchFileException removed) {
                    // the folder was empty for a moment, and was deleted together with another picture
                    if (++missing == FOLDER_ATTEMPTS) {
                        throw removed;
                    }
                }
            }
        }
        throw new IOException("no name is free in " + folder);
    }

    private static void makeFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            forceFolder(folder.getParent());
        }
    }

    private void take(Path target, Path part) throws IOException {
        try {
            disk.link(target, part);
        } catch (FileAlreadyExistsException | NoSuchFileException known) {
            throw known;
        } catch (UnsupportedOperationException | FileSystemException noLinks) {
            // the temporary name keeps other servers from this target, so nobody comes between the look and the move
            if (Files.exists(target)) {
                throw new FileAlreadyExistsException(target.toString());
            }
            Files.move(part, target);
        }
    }

    private static void force(Path target, Path folder) throws IOException {
        try {
            forceFolder(folder);
        } catch (IOException failed) {
            Files.deleteIfExists(target);
            throw failed;
        }
    }

    /** Writes a folder's entries to the disk, where the system lets folders be opened. */
    private static void forceFolder(Path folder) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(folder, StandardOpenOption.READ);
        } catch (IOException notPossible) {
            return;
        }
        try (channel) {
            channel.force(true);
        }
    }
}
