package dev.darkroom.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The tiny pipelines that {@code src/test/golden/families.py} made, with what the reference pipelines make of them. */
public final class FamilyArchive {

    private FamilyArchive() {}

    /** Writes the folders below {@code models} and returns their names in order. */
    public static List<String> unpack(Path models) throws IOException {
        try (InputStream resource =
                        Objects.requireNonNull(FamilyArchive.class.getResourceAsStream("/families.tar.xz"));
                TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(resource))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (entry.isDirectory()) {
                    continue;
                }
                Path file = models.resolve(entry.getName()).normalize();
                Files.createDirectories(file.getParent());
                Files.copy(tar, file);
            }
        }
        try (Stream<Path> folders = Files.list(models)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /** Deletes the folder that the pipelines were written to. */
    public static void remove(Path models) throws IOException {
        try (Stream<Path> files = Files.walk(models)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
