package dev.darkroom.output;

import dev.darkroom.image.ImageFormat;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * The folder that exists, can be written to, and is never left: every path from outside goes through {@link #locate}.
 * Safe from any thread.
 */
public final class OutputFolder {

    private final Path root;

    private OutputFolder(Path root) {
        this.root = root;
    }

    /**
     * Makes the folder if need be, and tries to write to it.
     *
     * @throws OutputFolderException if that fails
     */
    public static OutputFolder open(Path folder) throws OutputFolderException {
        Path absolute = folder.toAbsolutePath().normalize();
        try {
            Files.createDirectories(absolute);
            Path root = absolute.toRealPath();
            Files.delete(Files.createTempFile(root, ".probe-", PartFile.ENDING));
            return new OutputFolder(root);
        } catch (IOException refused) {
            throw new OutputFolderException(
                    "The output folder %s can't be written to: %s.".formatted(absolute, reason(refused)), refused);
        }
    }

    private static String reason(IOException refused) {
        if (refused instanceof FileSystemException known && known.getReason() != null) {
            return known.getReason();
        }
        return switch (refused.getClass().getSimpleName()) {
            case "AccessDeniedException" -> "access is denied";
            case "FileAlreadyExistsException" -> "a file stands in its place";
            default -> String.valueOf(refused.getMessage());
        };
    }

    /** Returns the folder's real path. */
    public Path root() {
        return root;
    }

    /** Returns how a file of this folder is named on the wire. */
    String relative(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    /**
     * Returns the picture that a path from the network leads to, if it is a file below this folder. Nothing in the path
     * is decoded: a name with a per cent sign is just that. Hidden files, among them unfinished ones, are not found, nor
     * is what a symbolic link outside of the folder leads to.
     */
    Optional<Path> locate(String path) {
        if (!isPicture(path)) {
            return Optional.empty();
        }
        Path file = root;
        try {
            for (String segment : path.split("/", -1)) {
                file = file.resolve(segment);
            }
            boolean inside = file.toRealPath().startsWith(root);
            return inside && Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
        } catch (InvalidPathException | IOException notThere) {
            return Optional.empty();
        }
    }

    /** Tells whether a path from the network can be a picture's at all, here or at another node. */
    static boolean isPicture(String path) {
        int dot = path.lastIndexOf('.');
        return dot >= 0
                && ImageFormat.named(path.substring(dot + 1)).isPresent()
                && Arrays.stream(path.split("/", -1)).allMatch(OutputFolder::isPlain);
    }

    /** A backslash and a colon separate on Windows, where such a name can't be one of ours anyway. */
    static boolean isPlain(String segment) {
        return !segment.isEmpty()
                && segment.charAt(0) != '.'
                && segment.chars().noneMatch(c -> c == '\\' || c == ':' || Character.isISOControl(c));
    }

    /**
     * Removes a folder that holds no picture any more, but never the root. The log of pictures that were deleted goes
     * with it: it says what they showed.
     */
    void removeIfEmpty(Path folder) throws IOException {
        if (folder.startsWith(root) && !folder.equals(root) && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            Path log = folder.resolve(HtmlLog.NAME);
            if (Files.isRegularFile(log, LinkOption.NOFOLLOW_LINKS) && isAlone(log)) {
                Files.deleteIfExists(log);
            }
            try {
                Files.deleteIfExists(folder);
            } catch (DirectoryNotEmptyException inUse) {
                // other pictures of that day
            }
        }
    }

    private static boolean isAlone(Path file) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(file.getParent())) {
            for (Path entry : entries) {
                if (!entry.getFileName().equals(file.getFileName())) {
                    return false;
                }
            }
            return true;
        }
    }
}
