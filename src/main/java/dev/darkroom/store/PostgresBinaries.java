package dev.darkroom.store;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/**
 * The PostgreSQL programs that travel on the class path as {@code postgres-<system>-<machine>.txz}, unpacked once into a
 * cache folder. An unpacked folder appears whole, by a rename, so that neither two starts at once nor a kill in between
 * leave a part of one.
 */
final class PostgresBinaries {

    private static final Pattern VERSION = Pattern.compile("-(\\d+\\.\\d+)(?:\\.\\d+)?\\.jar");

    /** File locks hold between processes only; threads of one process take turns here. */
    private static final Object TURN = new Object();

    private final URL archive;
    private final Consumer<String> progress;

    /**
     * @param progress gets a sentence when something slow begins
     * @throws DatabaseException if the class path has no programs for this machine
     */
    PostgresBinaries(Consumer<String> progress) {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("mac") ? "darwin" : "linux";
        String machine = System.getProperty("os.arch").equals("aarch64") ? "arm_64" : "x86_64";
        URL found = PostgresBinaries.class.getResource("/postgres-%s-%s.txz".formatted(system, machine));
        if (found == null) {
            throw new DatabaseException(
                    "This build holds no PostgreSQL for %s on %s: set database.uri to a PostgreSQL of your own."
                            .formatted(System.getProperty("os.name"), System.getProperty("os.arch")));
        }
        this.archive = found;
        this.progress = progress;
    }

    /** Returns the version as the archive's file name tells it, such as {@code 18.6}, or an empty text. */
    String version() {
        Matcher matcher = VERSION.matcher(archive.toString());
        return matcher.find() ? matcher.group(1) : "";
    }

    /**
     * Unpacks the programs unless that is done already.
     *
     * @param caches folders to try in turn; the first that fits and can be written wins
     * @param fits tells whether the account that will run the programs can reach a folder
     * @return the folder that holds {@code bin}, {@code lib} and {@code share}
     */
    Path unpack(List<Path> caches, Predicate<Path> fits) {
        @Nullable IOException refusal = null;
        for (Path cache : caches) {
            try {
                Path home = cache.toAbsolutePath().normalize().resolve("postgresql-" + fingerprint());
                if (!Files.isDirectory(home)) {
                    Files.createDirectories(home.getParent());
                }
                if (!fits.test(home.getParent())) {
                    continue;
                }
                if (!Files.isDirectory(home)) {
                    synchronized (TURN) {
                        unpackInto(home);
                    }
                }
                return home;
            } catch (IOException e) {
                refusal = e;
            }
        }
        throw new DatabaseException(
                "There is no folder to unpack PostgreSQL into; tried %s (%s).".formatted(caches, refusal), refusal);
    }

    @SuppressWarnings("try") // the lock is held, not used
    private void unpackInto(Path home) throws IOException {
        Path cache = home.getParent();
        try (FileChannel channel = FileChannel.open(
                        cache.resolve(home.getFileName() + ".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock ignored = channel.lock()) {
            if (Files.isDirectory(home)) {
                return;
            }
            progress.accept("First start: unpacking PostgreSQL %s into %s".formatted(version(), home));
            Path part = cache.resolve(home.getFileName() + ".part");
            DeletedFolder.delete(part);
            Files.createDirectory(part);
            try (InputStream in = new BufferedInputStream(archive.openStream(), 1 << 16);
                    TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    unpack(tar, entry, part);
                }
            }
            Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(part, home);
        }
    }

    private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path root) throws IOException {
        Path target = root.resolve(entry.getName()).normalize();
        if (!target.startsWith(root)) {
            throw new IOException("the archive names a file outside of itself: " + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
            return;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else {
            Files.copy(tar, target);
            boolean program = (entry.getMode() & 0100) != 0;
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }

    /** Tells one archive from another without reading it. */
    private String fingerprint() throws IOException {
        URLConnection connection = archive.openConnection();
        if (connection instanceof JarURLConnection jar) {
            return "%s-%08x".formatted(version(), jar.getJarEntry().getCrc());
        }
        connection.setUseCaches(false);
        return "%d-%d".formatted(connection.getContentLengthLong(), connection.getLastModified());
    }
}
