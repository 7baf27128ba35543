package dev.darkroom.worker;

import dev.darkroom.bus.ModelMessage.Catalogue;
import dev.darkroom.bus.ModelMessage.ModelEntry;
import dev.darkroom.bus.ModelMessage.ModelState;
import dev.darkroom.model.Device;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.ModelTraits;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's models: what its folder holds, and what of it is in memory. Safe from any thread; never blocks. */
public final class ModelShelf {

    private static final Logger LOG = LoggerFactory.getLogger(ModelShelf.class);

    private final Callable<List<ModelFolder>> scanner;
    private final ModelLoader loader;
    private final String preferred;
    private final MeterRegistry metrics;
    private final WorkerExecutor pool;
    private final Context home;
    private final Map<String, ModelFolder> folders = new LinkedHashMap<>();
    private final Map<String, Future<LoadedModel>> models = new LinkedHashMap<>();
    private Device device = new Device("not known yet", "the device is being looked for");

    /**
     * @param scanner reads the models folder; may block
     * @param preferred the default model's name, or empty for the first that has no problem
     */
    public ModelShelf(
            Vertx vertx,
            Callable<List<ModelFolder>> scanner,
            ModelLoader loader,
            String preferred,
            MeterRegistry metrics) {
        this.scanner = scanner;
        this.loader = loader;
        this.preferred = preferred;
        this.metrics = metrics;
        this.home = ((VertxInternal) vertx).createEventLoopContext();
        this.pool = vertx.createSharedWorkerExecutor("darkroom-models", 1, 1, TimeUnit.HOURS);
    }

    /** Reads the models folder again; models that were refused may be tried again. */
    public Future<Void> rescan() {
        return pool.<Void>executeBlocking(() -> {
            List<ModelFolder> found = scanner.call();
            Device known = loader.device();
            synchronized (this) {
                device = known;
                folders.clear();
                found.forEach(folder -> folders.put(folder.name(), folder));
                models.values().removeIf(Future::failed);
            }
            return null;
        });
    }

    /** Brings a model into memory, unless it is there. Fails with a {@link ModelException}. */
    public synchronized Future<LoadedModel> load(String name) {
        ModelFolder folder = folders.get(name);
        Future<LoadedModel> known = models.get(name);
        if (known != null) {
            return known;
        }
        if (folder == null) {
            return Future.failedFuture(new ModelException("there is no model folder " + name));
        }
        if (folder.problem() != null) {
            return Future.failedFuture(new ModelException("model %s: %s".formatted(name, folder.problem())));
        }
        Promise<LoadedModel> arrival = Promise.promise();
        // from a context of its own: the asking sampler's may be gone before the model is there
        home.runOnContext(ignored -> pool.executeBlocking(() ->
                        metrics.timer("darkroom.model.load", "model", name).recordCallable(() -> loader.load(folder)))
                .onComplete(arrival));
        Future<LoadedModel> loading = arrival.future();
        models.put(name, loading);
        loading.onFailure(failure -> LOG.warn("Model {} can't be used: {}", name, failure.getMessage()));
        return loading;
    }

    /** Returns the names of all folders, refused ones among them. */
    public synchronized List<String> names() {
        return List.copyOf(folders.keySet());
    }

    /** Returns what a loaded model is like, or null if it is not in memory. */
    public synchronized @Nullable ModelTraits traits(String name) {
        Future<LoadedModel> model = models.get(name);
        return model != null && model.succeeded() ? model.result().traits() : null;
    }

    /** Returns the model of requests that name none, or null if there is no model. */
    public synchronized @Nullable String defaultModel() {
        if (folders.containsKey(preferred)) {
            return preferred;
        }
        return folders.values().stream()
                .filter(folder -> folder.problem() == null)
                .map(ModelFolder::name)
                .findFirst()
                .orElse(null);
    }

    /** Returns what there is. */
    public synchronized Catalogue catalogue() {
        List<ModelEntry> entries = new ArrayList<>();
        folders.values().forEach(folder -> entries.add(entry(folder)));
        String first = defaultModel();
        Future<LoadedModel> loaded = first == null ? null : models.get(first);
        return new Catalogue(entries, first, device.name(), device.reason(), loaded != null && loaded.succeeded());
    }

    private ModelEntry entry(ModelFolder folder) {
        Future<LoadedModel> model = models.get(folder.name());
        String problem = folder.problem();
        ModelState state = ModelState.KNOWN;
        if (problem != null) {
            state = ModelState.REFUSED;
        } else if (model != null && model.failed()) {
            state = ModelState.REFUSED;
            problem = model.cause().getMessage();
        } else if (model != null) {
            state = model.succeeded() ? ModelState.READY : ModelState.LOADING;
        }
        return new ModelEntry(folder.name(), state, problem, folder.defaults().description());
    }

    /** Frees all models; no lane may use one any more. */
    public Future<Void> close() {
        return pool.<Void>executeBlocking(() -> {
                    synchronized (this) {
                        models.values().stream()
                                .filter(Future::succeeded)
                                .forEach(model -> model.result().close());
                        models.clear();
                    }
                    return null;
                })
                .eventually(pool::close);
    }
}
