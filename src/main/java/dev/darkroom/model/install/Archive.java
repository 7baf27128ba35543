package dev.darkroom.model.install;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/** Unpacks .zip, .tar.gz and .tar, known by their first bytes. Nothing is written outside of the folder. */
final class Archive {

    private static final int LONGEST_MAGIC = 262;

    private final Path folder;
    private final Progress progress;

    /** @param folder where to; exists */
    Archive(Path folder, Progress progress) {
        this.folder = folder;
        this.progress = progress;
    }

    /** @throws InstallException if the file is no archive, or one that wants to write elsewhere */
    void unpack(Path file, String name) throws IOException, InstallException {
        byte[] magic;
        try (InputStream in = Files.newInputStream(file)) {
            magic = in.readNBytes(LONGEST_MAGIC);
        }
        if (starts(magic, 0, "PK\003\004")) {
            unzip(file);
        } else if (magic.length > 2 && magic[0] == 0x1f && magic[1] == (byte) 0x8b) {
            try (InputStream in = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)), 1 << 16)) {
                untar(in, Files.size(file));
            }
        } else if (starts(magic, 257, "ustar")) {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
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
        try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
            long total = 0;
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                total += Math.max(0, entry.getSize());
            }
            long done = 0;
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                if (entry.isUnixSymlink()) {
                    throw new InstallException("The archive holds a link, %s.".formatted(entry.getName()));
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    done += write(entry.getName(), entry.isDirectory(), in);
                }
                progress.at("Unpacking", done, total);
            }
        }
    }

    private void untar(InputStream in, long packed) throws IOException, InstallException {
        try (TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
            long done = 0;
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (!entry.isDirectory() && !entry.isFile() || entry.isSymbolicLink() || entry.isLink()) {
                    throw new InstallException(
                            "The archive holds %s, which is no plain file.".formatted(entry.getName()));
                }
                done += write(entry.getName(), entry.isDirectory(), tar);
                // weights hardly shrink, so that the packed size is near
                progress.at("Unpacking", done, Math.max(done, packed));
            }
        }
    }

    private long write(String name, boolean isFolder, InputStream content) throws IOException, InstallException {
        Path target = folder.resolve(name.replace('\\', '/')).normalize();
        if (!target.startsWith(folder) || name.startsWith("/")) {
            throw new InstallException("The archive wants to write outside of its folder: %s".formatted(name));
        }
        if (isFolder) {
            Files.createDirectories(target);
            return 0;
        }
        Files.createDirectories(target.getParent());
        return Files.copy(content, target);
    }
}
