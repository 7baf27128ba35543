package dev.darkroom.model.install;

import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models folder as a place that models are put into and taken from, each by one rename. Nothing is ever displaced
 * but a model that the catalogue lists under the very name. Blocks.
 */
final class Shelf {

    private static final int NAMED = 5;

    private final Path models;
    private final Progress progress;

    /** @param models the models folder; made if it is missing */
    Shelf(Path models, Progress progress) {
        this.models = models.toAbsolutePath().normalize();
        this.progress = progress;
    }

    /**
     * Looks whether a model may have a name.
     *
     * @param replace a model that has it makes room
     * @throws InstallException if it may not, or would not be found there
     */
    void check(String name, boolean replace) throws InstallException {
        Path target = models.resolve(name);
        int depth = models.relativize(target).getNameCount();
        if (depth > ModelCatalogue.DEEPEST) {
            throw new InstallException("%s would not be found: models are looked for %d folders deep, and this is %d"
                    .formatted(name, ModelCatalogue.DEEPEST, depth));
        }
        List<ModelFolder> listed = new ModelCatalogue(models).scan();
        for (ModelFolder model : listed) {
            if (model.path().equals(target)) {
                if (replace) {
                    return;
                }
                throw new InstallException(
                        "There is a model %s already; --replace takes its place, --name gives another name"
                                .formatted(name));
            }
            if (target.startsWith(model.path())) {
                throw new InstallException(
                        "%s would lie inside of the model %s, where no other is looked for; --name gives another name"
                                .formatted(name, model.name()));
            }
        }
        refuseWhatIsNoModel(name, target, listed);
    }

    private void refuseWhatIsNoModel(String name, Path target, List<ModelFolder> listed) throws InstallException {
        for (Path folder = target.getParent(); !folder.equals(models); folder = folder.getParent()) {
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(folder)) {
                throw new InstallException("%s can't be put below %s, which is no folder.".formatted(name, folder));
            }
        }
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.isDirectory(target)) {
            throw new InstallException(
                    "%s is no model, and is not replaced; --name gives another name".formatted(target));
        }
        List<String> inside = listed.stream()
                .filter(model -> model.path().startsWith(target))
                .map(ModelFolder::name)
                .toList();
        if (!inside.isEmpty()) {
            throw new InstallException(
                    "%s is no model but a folder of others, and is not replaced: %s; --name gives another name"
                            .formatted(name, enumerate(inside)));
        }
        List<String> files = files(target);
        if (!files.isEmpty()) {
            throw new InstallException("%s is no model, and is not replaced: it holds %s; --name gives another name"
                    .formatted(target, enumerate(files)));
        }
    }

    /** An empty folder holds none: it is what is left of a name with several parts once its model was removed. */
    private static List<String> files(Path folder) throws InstallException {
        try (Stream<Path> inner = Files.list(folder)) {
            return inner.map(path -> path.getFileName().toString()).sorted().toList();
        } catch (IOException unreadable) {
            throw new InstallException("%s can't be looked into: %s".formatted(folder, unreadable), unreadable);
        }
    }

    private static String enumerate(List<String> names) {
        String first = names.stream().limit(NAMED).collect(Collectors.joining(", "));
        return names.size() > NAMED ? "%s and %d more".formatted(first, names.size() - NAMED) : first;
    }

    /** Makes a hidden folder to put a model together in; the caller {@link #delete deletes} it. */
    Path stage() throws IOException {
        Files.createDirectories(models);
        sweep();
        return Files.createTempDirectory(models, ".incoming-");
    }

    /** What a killed attempt left behind goes once it is a day old. */
    private void sweep() throws IOException {
        FileTime yesterday = FileTime.from(Instant.now().minus(Duration.ofDays(1)));
        List<Path> left = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(models, ".{incoming,outgoing}-*")) {
            for (Path folder : found) {
                if (Files.getLastModifiedTime(folder).compareTo(yesterday) < 0) {
                    left.add(folder);
                }
            }
        }
        left.forEach(this::delete);
    }

    /**
     * Puts a model into its place.
     *
     * @param staging where {@code model} lies; what it replaces goes there
     * @throws InstallException if the name was taken meanwhile
     */
    void put(Path model, String name, boolean replace, Path staging) throws IOException, InstallException {
        // again, as hours may have gone by since the download began
        check(name, replace);
        Path target = models.resolve(name);
        Files.createDirectories(target.getParent());
        Path replaced = staging.resolve("replaced");
        boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
        if (replaces) {
            Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(model, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            if (replaces) {
                Files.move(replaced, target, StandardCopyOption.ATOMIC_MOVE);
            }
            throw failed;
        }
    }

    /** Takes a model away. */
    void remove(String name) throws InstallException {
        // only what is listed, so that no name leads out of the models folder
        Optional<ModelFolder> model = new ModelCatalogue(models)
                .scan().stream().filter(listed -> listed.name().equals(name)).findAny();
        if (model.isEmpty()) {
            throw new InstallException("There is no model %s.".formatted(name));
        }
        try {
            Path staging = Files.createTempDirectory(models, ".outgoing-");
            Files.move(model.get().path(), staging.resolve("model"), StandardCopyOption.ATOMIC_MOVE);
            delete(staging);
        } catch (IOException failed) {
            throw new InstallException("%s can't be removed: %s".formatted(name, failed), failed);
        }
    }

    /** Deletes a folder, or says what is left of it. */
    void delete(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException left) {
            progress.note("%s could not be removed: %s".formatted(folder, left));
        }
    }
}
