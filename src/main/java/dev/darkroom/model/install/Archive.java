package dev.darkroom.model.install;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** Unpacks .zip, .tar.gz and .tar, known by their first bytes. */
final class Archive {

    private static final int LONGEST_MAGIC = 262;

    private final Path folder;
    private final EntryWriter writer;
    private final Progress progress;

    /** @param folder where to; exists, and holds nothing */
    Archive(Path folder, Progress progress) {
        this.folder = folder;
        this.writer = new EntryWriter(folder);
        this.progress = progress;
    }

    /**
     * Unpacks all of it.
     *
     * @throws IOException if it can't be written
     * @throws InstallException if the file is no archive, a damaged one, or one that wants to write elsewhere
     */
    void unpack(Path file, String name) throws IOException, InstallException {
        byte[] magic;
        try (InputStream in = Files.newInputStream(file)) {
            magic = in.readNBytes(LONGEST_MAGIC);
        }
        if (starts(magic, 0, "PK\003\004")) {
            unzip(file);
        } else if (magic.length > 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                untar(gunzip(in), Files.size(file));
            }
        } else if (starts(magic, 257, "ustar")) {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                NoSpaceException.unlessRoomFor(Files.size(file), folder);
                untar(in, Files.size(file));
            }
        } else if (isCheckpoint(magic, name)) {
            throw new InstallException(
                    "%s is a checkpoint, which has to be exported to ONNX first: tools/export_model.py does it, as docs/models.md tells."
                            .formatted(name));
        } else if (isPage(magic)) {
            throw new InstallException(
                    "%s is a web page, not an archive: the address may be that of a page about the model, or of one to log in."
                            .formatted(name));
        } else {
            throw new InstallException("%s is neither a .zip nor a .tar.gz nor a .tar file.".formatted(name));
        }
    }

    /** A .safetensors file starts with its header's length, eight bytes, and JSON. */
    private static boolean isCheckpoint(byte[] magic, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".safetensors") || lower.endsWith(".ckpt") || starts(magic, 8, "{\"");
    }

    private static boolean isPage(byte[] magic) {
        String text =
                new String(magic, StandardCharsets.ISO_8859_1).stripLeading().toLowerCase(Locale.ROOT);
        return text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<?xml");
    }

    private static boolean starts(byte[] magic, int at, String text) {
        return magic.length >= at + text.length()
                && new String(magic, at, text.length(), StandardCharsets.ISO_8859_1).equals(text);
    }

    private void unzip(Path file) throws IOException, InstallException {
        try (ZipFile zip = open(file)) {
            List<ZipArchiveEntry> entries = Collections.list(zip.getEntries());
            long total = 0;
            for (ZipArchiveEntry entry : entries) {
                total += Math.max(0, entry.getSize());
                if (total < 0) {
                    throw damaged(entry.getName(), "its size is impossible", null);
                }
            }
            NoSpaceException.unlessRoomFor(total, folder);
            long done = 0;
            for (ZipArchiveEntry entry : entries) {
                if (entry.isUnixSymlink()) {
                    throw new InstallException("The archive holds a link, %s.".formatted(entry.getName()));
                }
                try (InputStream in = content(zip, entry)) {
                    done += writer.write(entry.getName(), entry.isDirectory(), in);
                }
                progress.at("Unpacking", done, total);
            }
        }
    }

    private static ZipFile open(Path file) throws InstallException {
        try {
            return ZipFile.builder().setPath(file).get();
        } catch (IOException failed) {
            throw damaged(failed);
        }
    }

    private static InputStream content(ZipFile zip, ZipArchiveEntry entry) throws InstallException {
        try {
            return zip.getInputStream(entry);
        } catch (IOException failed) {
            throw damaged(entry.getName(), failed.getMessage(), failed);
        }
    }

    private void untar(InputStream in, long packed) throws IOException, InstallException {
        try (TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
            long done = 0;
            for (TarArchiveEntry entry = next(tar); entry != null; entry = next(tar)) {
                if (!entry.isDirectory() && !entry.isFile() || entry.isSymbolicLink() || entry.isLink()) {
                    throw new InstallException(
                            "The archive holds %s, which is no plain file.".formatted(entry.getName()));
                }
                done += writer.write(entry.getName(), entry.isDirectory(), tar);
                // weights hardly shrink, so that the packed size is near
                progress.at("Unpacking", done, Math.max(done, packed));
            }
        }
    }

    private static InputStream gunzip(InputStream in) throws InstallException {
        try {
            return new GZIPInputStream(in, 1 << 16);
        } catch (IOException failed) {
            throw damaged(failed);
        }
    }

    private static @Nullable TarArchiveEntry next(TarArchiveInputStream tar) throws InstallException {
        try {
            return tar.getNextEntry();
        } catch (IOException failed) {
            throw damaged(failed);
        }
    }

    private static InstallException damaged(IOException failed) {
        return new InstallException("The archive is damaged: " + failed.getMessage(), failed);
    }

    /** What to throw if one entry can't be what was packed. */
    static InstallException damaged(String entry, String reason, @Nullable Exception cause) {
        String sentence = "The archive is damaged at %s: %s".formatted(entry, reason);
        return cause == null ? new InstallException(sentence) : new InstallException(sentence, cause);
    }
}
