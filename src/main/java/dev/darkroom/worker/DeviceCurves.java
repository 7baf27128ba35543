package dev.darkroom.worker;

import dev.darkroom.diffusion.ModelCurves;
import dev.darkroom.model.ModelTraits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of a device's latencies by model: read when a model is first used, written when more is known. */
final class DeviceCurves {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceCurves.class);

    private final Vertx vertx;
    private final @Nullable CurveFolder folder;
    private final Map<String, ModelCurves> byModel = new HashMap<>();
    private final Map<String, ModelTraits> changed = new LinkedHashMap<>();

    /** @param folder null keeps nothing */
    DeviceCurves(Vertx vertx, @Nullable CurveFolder folder) {
        this.vertx = vertx;
        this.folder = folder;
    }

    /** Returns a model's curves. The first time it reads a small file. On the lane. */
    ModelCurves of(ModelTraits traits) {
        return byModel.computeIfAbsent(
                traits.weightsHash(), unknown -> folder == null ? new ModelCurves() : folder.read(traits));
    }

    /** Something was measured. On the lane. */
    void learned(ModelTraits traits) {
        changed.put(traits.weightsHash(), traits);
    }

    /** Writes what changed, on a worker's thread. On the lane. */
    Future<Void> save() {
        CurveFolder kept = folder;
        if (kept == null || changed.isEmpty()) {
            return Future.succeededFuture();
        }
        List<Runnable> writes = new ArrayList<>();
        changed.values().forEach(traits -> writes.add(kept.writing(traits, of(traits))));
        changed.clear();
        return vertx.<Void>executeBlocking(() -> {
                    writes.forEach(Runnable::run);
                    return null;
                })
                .onFailure(failure -> LOG.warn("Measured latencies can't be kept: {}", failure.getMessage()));
    }
}
