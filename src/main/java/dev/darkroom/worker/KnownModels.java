package dev.darkroom.worker;

import dev.darkroom.bus.ModelMessage.Catalogue;
import dev.darkroom.bus.ModelMessage.ModelEntry;
import dev.darkroom.bus.ModelMessage.ModelState;
import dev.darkroom.model.Device;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelFiles;
import dev.darkroom.model.ModelFolder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The models that a shelf knows of, as the last look at the folder found them. Belongs to the shelf's lock. */
final class KnownModels {

    private static final Logger LOG = LoggerFactory.getLogger(KnownModels.class);

    private final String preferred;
    private final MemoryBudget budget;
    private final Map<String, ShelvedModel> models = new LinkedHashMap<>();
    private Device device = new Device("not known yet", "the device is being looked for");

    /** @param preferred the default model's name, or empty for the first that has no problem */
    KnownModels(String preferred, MemoryBudget budget) {
        this.preferred = preferred;
        this.budget = budget;
    }

    Collection<ShelvedModel> all() {
        return models.values();
    }

    /** Returns a model, or one that is missing. */
    ShelvedModel find(String name) {
        ShelvedModel known = models.get(name);
        return known == null ? new ShelvedModel(name, null, ModelFiles.NONE, 0) : known;
    }

    /**
     * Takes over what the folder holds now.
     *
     * @param retry forget what failed before
     * @return the names of those that are gone since
     */
    Set<String> take(Device device, Map<ModelFolder, ModelFiles> found, boolean retry) {
        this.device = device;
        Map<String, ShelvedModel> before = new LinkedHashMap<>(models);
        models.clear();
        found.forEach((folder, files) -> {
            ShelvedModel model = before.remove(folder.name());
            tellProblem(model == null ? null : model.folder, folder);
            if (model == null) {
                model = new ShelvedModel(folder.name(), folder, files, budget.estimate(files));
            } else {
                model.found(folder, files, budget.estimate(files));
            }
            if (retry) {
                model.failure = null;
            }
            models.put(folder.name(), model);
        });
        Set<String> gone = new TreeSet<>();
        before.forEach((name, model) -> {
            if (model.folder != null) {
                LOG.warn("The folder of model {} is gone", name);
                model.vanished();
                gone.add(name);
            }
            models.put(name, model);
        });
        return gone;
    }

    /** Once for each reason: the folder is read again for everybody who asks what there is. */
    private static void tellProblem(@Nullable ModelFolder before, ModelFolder now) {
        if (now.problem() != null && (before == null || !now.problem().equals(before.problem()))) {
            LOG.warn("Model {} can't be used: {}", now.name(), now.problem());
        }
    }

    /** Tasks wait for models of these names; those that have no folder are remembered as missing. */
    void expect(Collection<String> names) {
        for (String name : names) {
            ShelvedModel model = models.computeIfAbsent(name, this::find);
            model.missing = model.folder == null;
        }
    }

    /** Returns the names that tasks are claimed for: all folders, refused ones among them, and what is missing. */
    List<String> names() {
        return models.values().stream()
                .filter(model -> model.folder != null || model.missing)
                .map(model -> model.name)
                .toList();
    }

    /** Tells whether there is a folder of that name. */
    boolean holds(String name) {
        return find(name).folder != null;
    }

    /** Returns the model of requests that name none, or null if there is no model. */
    @Nullable
    String defaultModel() {
        if (holds(preferred)) {
            return preferred;
        }
        return models.values().stream()
                .filter(model -> model.folder != null && model.folder.problem() == null)
                .map(model -> model.name)
                .findFirst()
                .orElse(null);
    }

    /** Returns what there is. The default model is ready once it has worked, be it in memory now or not. */
    Catalogue catalogue() {
        List<ModelEntry> entries = new ArrayList<>();
        for (ShelvedModel model : models.values()) {
            if (model.folder != null) {
                entries.add(entry(model, model.folder));
            }
        }
        String first = defaultModel();
        return new Catalogue(entries, first, device.name(), device.reason(), first != null && find(first).proven);
    }

    private static ModelEntry entry(ShelvedModel model, ModelFolder folder) {
        String problem = folder.problem() == null ? model.failure : folder.problem();
        ModelState state = ModelState.KNOWN;
        if (problem != null) {
            state = ModelState.REFUSED;
        } else if (model.loading) {
            state = ModelState.LOADING;
        } else if (model.isReady()) {
            state = ModelState.READY;
        }
        return new ModelEntry(model.name, state, problem, folder.defaults().description());
    }
}
