package dev.darkroom.output;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Deletes the unfinished files that dead servers left. A file that a living writer holds stays, also another server's.
 * Blocks; not for several threads at once.
 */
public final class TemporaryFileSweep {

    private final OutputFolder folder;
    private final Duration age;
    private final Clock clock;

    /** @param age how old a file is at least that {@link #sweep} deletes */
    public TemporaryFileSweep(OutputFolder folder, Duration age, Clock clock) {
        this.folder = folder;
        this.age = age;
        this.clock = clock;
    }

    /**
     * Deletes what nobody writes, whatever its age: for the start of a server.
     *
     * @return how many files went
     */
    public int sweepAtStart() throws IOException {
        return sweep(Duration.ZERO);
    }

    /**
     * Deletes what nobody writes and is old: for every now and then.
     *
     * @return how many files went
     */
    public int sweep() throws IOException {
        return sweep(age);
    }

    private boolean isOld(Path file) throws IOException {
        Instant written =
                Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
        return written.plus(age).isBefore(clock.instant());
    }

    private int sweep(Duration least) throws IOException {
        int deleted = sweepFolder(folder.root(), least);
        try (DirectoryStream<Path> days =
                Files.newDirectoryStream(folder.root(), day -> Files.isDirectory(day, LinkOption.NOFOLLOW_LINKS))) {
            for (Path day : days) {
                deleted += sweepFolder(day, least);
                folder.removeIfEmpty(day);
            }
        }
        return deleted;
    }

    private int sweepFolder(Path place, Duration least) throws IOException {
        int deleted = 0;
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(place, PartFile::isPart)) {
            for (Path part : parts) {
                if (isStale(part, least) && Files.deleteIfExists(part)) {
                    deleted++;
                }
            }
        }
        return deleted;
    }

    private boolean isStale(Path part, Duration least) {
        try {
            boolean old = isOld(part);
            boolean oldEnough = least.isZero() || old;
            try {
                return Files.isRegularFile(part, LinkOption.NOFOLLOW_LINKS)
                        && oldEnough
                        && !PartFile.isBeingWritten(part);
            } catch (IOException noLocks) {
                return old;
            }
        } catch (IOException gone) {
            return false;
        }
    }
}
