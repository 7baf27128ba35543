package dev.darkroom.model;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the model folders below the models folder. Safe from any thread; blocks on the file system only. */
public final class ModelCatalogue {
    /** How many folders deep models are looked for; so many parts a model's name has at most. */
    public static final int DEEPEST = 8;

    private static final Logger LOG = LoggerFactory.getLogger(ModelCatalogue.class);

    private final Path models;

    /** @param models the models folder; need not exist */
    public ModelCatalogue(Path models) {
        this.models = models.toAbsolutePath().normalize();
    }

    /**
     * Looks for folders with a {@code model_index.json} or a {@code darkroom.json}, down to {@link #DEEPEST}, and reads their
     * small files; what is inside of a model folder is not searched. A folder that can't work is listed with its problem; so is
     * one that has a denoiser and neither file, unless there are models inside of it.
     *
     * @return sorted by name; empty if there is no models folder
     */
    public List<ModelFolder> scan() {
        List<ModelFolder> found = new ArrayList<>();
        search(models, 0, found);
        found.sort(Comparator.comparing(ModelFolder::name));
        return found;
    }

    private void search(Path folder, int depth, List<ModelFolder> found) {
        if (depth > 0 && isModel(folder)) {
            found.add(read(folder));
            return;
        }
        if (depth == DEEPEST) {
            return;
        }
        int before = found.size();
        try (DirectoryStream<Path> inner = Files.newDirectoryStream(folder, ModelCatalogue::isVisibleFolder)) {
            for (Path path : inner) {
                search(path, depth + 1, found);
            }
        } catch (IOException e) {
            if (Files.exists(folder)) {
                LOG.warn("{} can't be searched for models: {}", folder, e.toString());
            }
        }
        if (depth > 0 && found.size() == before && hasDenoiser(folder)) {
            found.add(new ModelFolder(
                    name(folder),
                    folder,
                    ModelDefaults.NONE,
                    "%s is missing".formatted(folder.resolve(PipelineConfig.INDEX))));
        }
    }

    private static boolean isVisibleFolder(Path path) {
        return !path.getFileName().toString().startsWith(".") && Files.isDirectory(path);
    }

    private static boolean isModel(Path folder) {
        return Files.isRegularFile(folder.resolve(PipelineConfig.INDEX))
                || Files.isRegularFile(folder.resolve(DarkroomJson.NAME));
    }

    private static boolean hasDenoiser(Path folder) {
        return Files.isRegularFile(folder.resolve(PipelineConfig.DENOISER))
                || Files.isRegularFile(
                        folder.resolve(PipelineConfig.TRANSFORMER).resolve("model.onnx"));
    }

    private String name(Path folder) {
        return models.relativize(folder).toString().replace('\\', '/');
    }

    private ModelFolder read(Path folder) {
        String name = name(folder);
        try {
            return new ModelFolder(name, folder, PipelineConfig.read(folder).defaults(), null);
        } catch (ModelException e) {
            return new ModelFolder(name, folder, defaultsOrNone(folder), e.getMessage());
        }
    }

    private static ModelDefaults defaultsOrNone(Path folder) {
        try {
            return DarkroomJson.read(folder).defaults();
        } catch (ModelException theProblemItself) {
            return ModelDefaults.NONE;
        }
    }
}
