package dev.darkroom.model.install;

import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelFolder;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings a model into the models folder: from an address, an archive or a folder. It is put together in a hidden folder
 * and checked there, and appears by a rename, so that a server never sees a part of one. Blocks.
 */
public final class ModelInstaller {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");
    private static final Pattern ENDING = Pattern.compile("(?i)\\.(zip|tar\\.gz|tgz|tar|part)$");

    private final Path models;
    private final Download download;
    private final Progress progress;
    private final Shelf shelf;

    /** @param models the models folder; made if it is missing */
    public ModelInstaller(Path models, Download download, Progress progress) {
        this.models = models.toAbsolutePath().normalize();
        this.download = download;
        this.progress = progress;
        this.shelf = new Shelf(models, progress);
    }

    /** Returns where a models folder keeps what is unfinished. */
    public static Path unfinished(Path models) {
        return models.resolve(".downloads");
    }

    /**
     * Installs a model.
     *
     * @param source an http, https or file address, or the path of an archive or folder
     * @param name what to call it, or null: as the folder or archive is called
     * @param sum what the archive's sum must be; nothing: what stands in {@code <address>.sha256}, if anything
     * @param replace a model of that name is replaced; nothing else ever is
     * @return the new model's name
     */
    public String install(String source, @Nullable String name, Optional<Checksum> sum, boolean replace)
            throws InstallException {
        URI address = Source.address(source);
        String given = name == null ? nameIn(Source.lastName(source)) : nameIn(name);
        shelf.check(given, replace);
        Path staging = null;
        try {
            if (address == null) {
                staging = shelf.stage();
                Path content = Files.createDirectory(staging.resolve("content"));
                take(Source.path(source), content, sum);
                shelf.put(only(content, staging, given).path(), given, replace);
                return given;
            }
            try (PartFile part = fetch(address, sum)) {
                staging = shelf.stage();
                Path content = Files.createDirectory(staging.resolve("content"));
                shelf.put(unpack(part, address, content, staging, given).path(), given, replace);
                part.discard();
            }
            return given;
        } catch (IOException failed) {
            IOException known = NoSpaceException.known(failed, models);
            String reason = known instanceof NoSpaceException ? known.getMessage() : known.toString();
            String consolation = address == null ? "" : "; the same command goes on with what has come";
            throw new InstallException("%s can't be installed: %s%s".formatted(source, reason, consolation), known);
        } finally {
            if (staging != null) {
                shelf.delete(staging);
            }
        }
    }

    private static String nameIn(String text) throws InstallException {
        String name = ENDING.matcher(text).replaceFirst("");
        if (!NAME.matcher(name).matches()) {
            throw new InstallException(
                    "\"%s\" can't be a model's name; give one of letters, digits, dots and dashes with --name"
                            .formatted(name));
        }
        return name;
    }

    private PartFile fetch(URI address, Optional<Checksum> given) throws InstallException {
        Optional<Checksum> sum = given.isPresent()
                ? given
                : download.text(URI.create(withoutQuery(address) + ".sha256")).flatMap(Checksum::in);
        if (sum.isEmpty()) {
            progress.note("No checksum is known, so that damage on the way would not be noticed (--sha256 gives one)");
        }
        return download.fetch(address, sum);
    }

    /** A download that holds no usable model is thrown away; one that this machine fails to unpack is kept. */
    private ModelFolder unpack(PartFile part, URI address, Path content, Path staging, String name)
            throws IOException, InstallException {
        try {
            new Archive(content, progress).unpack(part.path(), Source.lastName(address.toString()));
            return only(content, staging, name);
        } catch (InstallException useless) {
            part.discard();
            throw useless;
        }
    }

    private static String withoutQuery(URI address) {
        String text = address.toString();
        return text.replaceFirst("[?#].*", "");
    }

    private void take(Path source, Path content, Optional<Checksum> sum) throws IOException, InstallException {
        if (Files.isDirectory(source)) {
            if (source.toRealPath().startsWith(models.toRealPath())) {
                throw new InstallException("%s lies in the models folder already.".formatted(source));
            }
            copy(source, Files.createDirectory(content.resolve("model")));
            return;
        }
        if (!Files.isRegularFile(source)) {
            throw new InstallException("There is no file or folder %s.".formatted(source));
        }
        if (sum.isPresent()) {
            Checksum actual = Checksum.of(source, progress);
            if (!actual.equals(sum.get())) {
                throw new InstallException("%s is not what it should be: its SHA-256 is %s, expected %s"
                        .formatted(source, actual.hex(), sum.get().hex()));
            }
        }
        new Archive(content, progress).unpack(source, source.getFileName().toString());
    }

    /** Links are followed, as caches of downloads have them; ONNX Runtime refuses weights behind one. */
    private void copy(Path source, Path target) throws IOException {
        long[] done = {0};
        Files.walkFileTree(
                source, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                            throws IOException {
                        if (!folder.equals(source)
                                && folder.getFileName().toString().startsWith(".")) {
                            return FileVisitResult.SKIP_SUBTREE;
                        }
                        Files.createDirectories(target.resolve(source.relativize(folder)));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                        Files.copy(file, target.resolve(source.relativize(file)));
                        done[0] += attributes.size();
                        progress.at("Copying", done[0], -1);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static ModelFolder only(Path content, Path staging, String name) throws InstallException {
        List<ModelFolder> found = new ModelCatalogue(staging).scan();
        if (found.isEmpty()) {
            throw new InstallException(
                    "%s holds no model: there is no model_index.json in it (docs/models.md tells the layout)"
                            .formatted(name));
        }
        if (found.size() > 1) {
            throw new InstallException("%s holds %d models; they must be added one by one: %s"
                    .formatted(
                            name,
                            found.size(),
                            String.join(
                                    ", ",
                                    found.stream()
                                            .map(model -> content.relativize(model.path())
                                                    .toString())
                                            .toList())));
        }
        ModelFolder model = found.get(0);
        if (model.problem() != null) {
            throw new InstallException("%s can't be used: %s"
                    .formatted(name, model.problem().replace(model.path().toString(), name)));
        }
        return model;
    }

    /**
     * Takes a model away; a server that has it in memory goes on with it.
     *
     * @param name as it is listed
     */
    public void remove(String name) throws InstallException {
        shelf.remove(name);
    }
}
