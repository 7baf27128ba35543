package dev.darkroom.output;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Files of other nodes' pictures that were served here lately, up to a number of bytes; the one that was not asked for
 * the longest goes first. Begins empty. Safe from any thread; blocks.
 */
final class PictureCache {

    /** Writes a file that must not exist yet, or returns false. */
    interface Source {
        boolean writeTo(Path file) throws IOException;
    }

    private static final String FOLDER = ".cache";

    private final Path folder;
    private final long bound;
    private final AtomicLong names = new AtomicLong();
    private final Map<String, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    private record Entry(Path file, long bytes) {}

    /**
     * Deletes what an earlier server left.
     *
     * @param outputs the hidden folder is made below it
     * @param bound bytes; the latest picture stays even if it is larger
     */
    PictureCache(OutputFolder outputs, long bound) throws IOException {
        this.folder = outputs.root().resolve(FOLDER);
        this.bound = bound;
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> left = Files.newDirectoryStream(folder)) {
                for (Path file : left) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }

    /** Returns the file of a picture, if it is here. */
    synchronized Optional<Path> find(String path) {
        Entry entry = entries.get(path);
        return entry != null && Files.exists(entry.file()) ? Optional.of(entry.file()) : Optional.empty();
    }

    /** Lets {@code source} write the file of a picture and keeps it, if there is one. */
    Optional<Path> add(String path, Source source) throws IOException {
        Path file = folder.resolve(Long.toString(names.incrementAndGet()));
        // the sweep removes empty folders
        Files.createDirectories(folder);
        if (!write(source, file)) {
            return Optional.empty();
        }
        Path kept = file.resolveSibling(file.getFileName() + ".kept");
        Files.move(file, kept, StandardCopyOption.ATOMIC_MOVE);
        keep(path, new Entry(kept, Files.size(kept)));
        return Optional.of(kept);
    }

    private boolean write(Source source, Path file) throws IOException {
        try {
            return source.writeTo(file);
        } catch (NoSuchFileException swept) {
            Files.createDirectories(folder);
            return source.writeTo(file);
        }
    }

    private synchronized void keep(String path, Entry entry) throws IOException {
        Entry before = entries.put(path, entry);
        bytes += entry.bytes();
        if (before != null) {
            drop(before);
        }
        Iterator<Entry> oldest = entries.values().iterator();
        while (bytes > bound && entries.size() > 1) {
            Entry leaving = oldest.next();
            oldest.remove();
            drop(leaving);
        }
    }

    private void drop(Entry entry) throws IOException {
        bytes -= entry.bytes();
        Files.deleteIfExists(entry.file());
    }
}
