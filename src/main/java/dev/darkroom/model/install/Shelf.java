package dev.darkroom.model.install;

import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
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
     * @return whether a model has it
     * @throws InstallException if it may not, or would not be found there
     */
    boolean check(String name, boolean replace) throws InstallException {
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
                    return true;
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
        return false;
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
                if (lastChanged(folder).compareTo(yesterday) < 0) {
                    left.add(folder);
                }
            }
        }
        left.forEach(this::delete);
    }

    /** Another process's folder may vanish any time. */
    private static FileTime lastChanged(Path folder) throws IOException {
        try {
            return Files.getLastModifiedTime(folder);
        } catch (NoSuchFileException gone) {
            return FileTime.from(Instant.now());
        }
    }

    /**
     * Puts a model into its place.
     *
     * @throws IOException if that failed, as where somebody else took the name just now
     * @throws InstallException if the name was taken meanwhile
     */
    void put(Path model, String name, boolean replace) throws IOException, InstallException {
        // again, as hours may have gone by since the download began
        boolean replaces = check(name, replace);
        Path target = models.resolve(name);
        Files.createDirectories(target.getParent());
        if (replaces) {
            replace(target, model);
        } else {
            // fails where there is more by now than an empty folder
            Files.move(model, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private void replace(Path target, Path model) throws IOException {
        Path aside = Files.createTempDirectory(models, ".replaced-");
        Path old = aside.resolve("model");
        try {
            Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
            Files.move(model, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            if (Files.exists(old)) {
                putBack(old, target, failed);
            }
            delete(aside);
            throw failed;
        }
        delete(aside);
    }

    private static void putBack(Path old, Path target, IOException failed) throws IOException {
        try {
            Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException taken) {
            failed.addSuppressed(taken);
            throw new IOException("what was to be replaced lies in %s now: %s".formatted(old, failed), failed);
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
        Path place = model.get().path();
        try {
            // beside it, as folders of models may be links to other disks
            Path staging = Files.createTempDirectory(place.getParent(), ".outgoing-");
            try {
                Files.move(place, staging.resolve("model"), StandardCopyOption.ATOMIC_MOVE);
            } finally {
                delete(staging);
            }
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
