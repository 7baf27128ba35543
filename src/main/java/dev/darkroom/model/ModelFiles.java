package dev.darkroom.model;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a model folder's files tell without being opened.
 *
 * @param weights bytes of the graphs and their weights that a loaded model holds; image encoders and safety checkers
 *     are not among them
 * @param fingerprint changes when a file comes, goes, or gets another size or time
 */
public record ModelFiles(long weights, String fingerprint) {

    /** A folder that is not there. */
    public static final ModelFiles NONE = new ModelFiles(0, "");

    private static final int DEEPEST = 3;

    /** Looks through a folder; blocks on the file system. What can't be read counts as not there. */
    public static ModelFiles of(Path folder) {
        if (!Files.isDirectory(folder)) {
            return NONE;
        }
        Reader reader = new Reader(folder);
        try {
            Files.walkFileTree(folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEEPEST, reader);
        } catch (IOException vanished) {
            return NONE;
        }
        return new ModelFiles(reader.weights, Integer.toHexString(reader.files.hashCode()) + "-" + reader.files.size());
    }

    private static final class Reader extends SimpleFileVisitor<Path> {
        private final Path folder;
        private final SortedMap<String, String> files = new TreeMap<>();
        private long weights;

        Reader(Path folder) {
            this.folder = folder;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            Path inside = folder.relativize(file);
            if (attributes.isRegularFile()) {
                files.put(
                        inside.toString(),
                        attributes.size() + " " + attributes.lastModifiedTime().toMillis());
                if (isLoaded(inside)) {
                    weights += attributes.size();
                }
            }
            return FileVisitResult.CONTINUE;
        }

        /** An export may split its weights off into files of any name beside the graph. */
        private static boolean isLoaded(Path inside) {
            String part = inside.getName(0).toString();
            if (inside.getNameCount() == 1) {
                return false;
            }
            String name = inside.getFileName().toString();
            return (part.startsWith("text_encoder")
                            || part.equals("unet")
                            || part.equals("transformer")
                            || part.startsWith("vae_decoder"))
                    && !name.endsWith(".json")
                    && !name.endsWith(".txt")
                    && !name.endsWith(".md");
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE;
        }
    }
}
