package dev.darkroom.model.install;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes what an archive holds into a folder, each file once, and nothing outside of it. */
final class EntryWriter {

    private final Path folder;

    /** @param folder where to; exists, and held nothing before */
    EntryWriter(Path folder) {
        this.folder = folder;
    }

    /**
     * Writes a file or makes a folder.
     *
     * @return the bytes that were written
     * @throws IOException if writing failed, or the system can't write the name in its locale
     * @throws InstallException if reading did, or if the archive should not hold such a thing
     */
    long write(String name, boolean isFolder, InputStream content) throws IOException, InstallException {
        Path target = place(name);
        refuseASecond(name, target, isFolder);
        if (isFolder) {
            Files.createDirectories(target);
            return 0;
        }
        Files.createDirectories(target.getParent());
        return copy(name, content, target);
    }

    private Path place(String name) throws IOException, InstallException {
        Path target;
        try {
            target = folder.resolve(name.replace('\\', '/')).normalize();
        } catch (InvalidPathException noName) {
            if (name.indexOf(0) >= 0) {
                throw Archive.damaged(name, "that is no file's name", noName);
            }
            throw new IOException(
                    "this machine can't write the name %s, but could with LC_ALL=C.UTF-8 in the environment"
                            .formatted(name),
                    noName);
        }
        if (!target.startsWith(folder) || name.startsWith("/")) {
            throw new InstallException("The archive wants to write outside of its folder: %s".formatted(name));
        }
        return target;
    }

    private void refuseASecond(String name, Path target, boolean isFolder) throws InstallException {
        if (!isFolder && Files.exists(target)) {
            String twice = Files.isDirectory(target) ? "it is a folder, too" : "it is there twice";
            throw Archive.damaged(name, twice, null);
        }
        for (Path inner = target; !inner.equals(folder); inner = inner.getParent()) {
            if (Files.isRegularFile(inner)) {
                throw Archive.damaged(name, "%s is a file, too".formatted(folder.relativize(inner)), null);
            }
        }
    }

    private static long copy(String name, InputStream content, Path target) throws IOException, InstallException {
        long done = 0;
        byte[] buffer = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
            for (int read = read(name, content, buffer); read >= 0; read = read(name, content, buffer)) {
                out.write(buffer, 0, read);
                done += read;
            }
        }
        return done;
    }

    /** Reading fails because of the archive, writing because of the disk. */
    private static int read(String name, InputStream content, byte[] buffer) throws InstallException {
        try {
            return content.read(buffer);
        } catch (IOException failed) {
            throw Archive.damaged(name, failed.getMessage(), failed);
        }
    }
}
