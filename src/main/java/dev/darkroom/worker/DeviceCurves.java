package dev.darkroom.worker;

import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.ModelCurves;
import dev.darkroom.forecast.DeviceWork;
import dev.darkroom.model.ModelTraits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is known of a device's latencies by model: read when a model is first used, written when more is known. */
final class DeviceCurves {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceCurves.class);

    /** Others are like these, in proportion. */
    private static final int SIZES_TOLD = 8;

    private final Vertx vertx;
    private final @Nullable CurveFolder folder;
    private final Map<String, ModelCurves> byModel = new HashMap<>();
    private final Map<String, ModelTraits> used = new LinkedHashMap<>();
    private final Map<String, ModelTraits> changed = new LinkedHashMap<>();

    /** @param folder null keeps nothing */
    DeviceCurves(Vertx vertx, @Nullable CurveFolder folder) {
        this.vertx = vertx;
        this.folder = folder;
    }

    /** Returns a model's curves. The first time it reads a small file. On the lane. */
    ModelCurves of(ModelTraits traits) {
        used.putIfAbsent(traits.name(), traits);
        return byModel.computeIfAbsent(
                traits.weightsHash(), unknown -> folder == null ? new ModelCurves() : folder.read(traits));
    }

    /** Returns what was measured of the models that were used, the best known of each size. On the lane. */
    List<DeviceWork.Speed> speeds() {
        List<DeviceWork.Speed> speeds = new ArrayList<>();
        for (ModelTraits traits : used.values()) {
            Map<Integer, List<LatencyCurve.Point>> bySize = new TreeMap<>();
            int pixels = traits.latentScale() * traits.latentScale();
            of(traits).all().forEach((shape, curve) -> {
                if (!curve.points().isEmpty()) {
                    bySize.merge(
                            shape.latentHeight() * shape.latentWidth() * pixels,
                            curve.points(),
                            (one, other) -> samples(one) < samples(other) ? other : one);
                }
            });
            bySize.entrySet().stream()
                    .sorted(Comparator.comparingInt(entry -> -samples(entry.getValue())))
                    .limit(SIZES_TOLD)
                    .forEach(
                            entry -> speeds.add(new DeviceWork.Speed(traits.name(), entry.getKey(), entry.getValue())));
        }
        return speeds;
    }

    private static int samples(List<LatencyCurve.Point> points) {
        return points.stream().mapToInt(LatencyCurve.Point::samples).sum();
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
