package dev.darkroom.worker;

import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a shelf does with models that takes its time: one thing after another, on a thread of its own. */
final class ModelHands {

    private static final Logger LOG = LoggerFactory.getLogger(ModelHands.class);

    /** A model that came into memory, and the bytes that it takes there. */
    record Arrival(LoadedModel model, long bytes) {}

    private final Context home;
    private final ModelLoader loader;
    private final MemoryBudget budget;
    private final MeterRegistry metrics;
    private final WorkerExecutor pool;
    /** What is in memory; belongs to the pool's only thread. */
    private final Set<LoadedModel> loaded = Collections.newSetFromMap(new IdentityHashMap<>());

    /** @param home where the futures complete; the asking sampler's own context may be gone before a model is there */
    ModelHands(Vertx vertx, Context home, ModelLoader loader, MemoryBudget budget, MeterRegistry metrics) {
        this.home = home;
        this.loader = loader;
        this.budget = budget;
        this.metrics = metrics;
        this.pool = vertx.createSharedWorkerExecutor("darkroom-models", 1, 1, TimeUnit.HOURS);
        run(() -> {
            loader.enterThread();
            return null;
        });
    }

    Future<Arrival> load(ModelFolder folder, long estimate) {
        return run(() -> {
            long before = budget.memory().used();
            LoadedModel model = metrics.timer("darkroom.model.load", "model", folder.name())
                    .recordCallable(() -> loader.load(folder));
            loaded.add(model);
            // on its way in, a model takes its weights' memory twice
            budget.memory().trim();
            long after = budget.memory().used();
            long bytes = before < 0 || after < 0 ? estimate : budget.corrected(estimate, after - before);
            LOG.debug(
                    "Model {} takes {} MiB; {} MiB were expected",
                    folder.name(),
                    (after - before) >> 20,
                    estimate >> 20);
            return new Arrival(model, bytes);
        });
    }

    /** Frees models that nobody uses any more. */
    Future<Void> free(List<LoadedModel> models) {
        return run(() -> {
            metrics.counter("darkroom.model.evictions").increment(models.size());
            models.forEach(this::free);
            budget.memory().trim();
            return null;
        });
    }

    private void free(LoadedModel model) {
        loaded.remove(model);
        try {
            model.close();
        } catch (RuntimeException unclosed) {
            LOG.error("Model {} can't be freed", model.traits().name(), unclosed);
        }
    }

    private <T> Future<T> run(Callable<T> work) {
        Promise<T> done = Promise.promise();
        home.runOnContext(ignored -> pool.executeBlocking(work, false).onComplete(done));
        return done.future();
    }

    /** Frees everything, behind what is under way. */
    Future<Void> close() {
        return run(() -> {
                    List.copyOf(loaded).forEach(this::free);
                    return null;
                })
                .eventually(pool::close)
                .mapEmpty();
    }
}
