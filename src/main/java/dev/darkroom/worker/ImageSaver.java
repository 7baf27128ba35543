package dev.darkroom.worker;

import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.image.GenerationParameters;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.output.OutputStore;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Encodes and writes pictures away from the lane. */
final class ImageSaver {

    private static final String VERSION = "Darkroom 0.1.0";

    private final OutputStore outputs;
    private final WorkerExecutor pool;

    ImageSaver(Vertx vertx, OutputStore outputs) {
        this.outputs = outputs;
        this.pool = vertx.createSharedWorkerExecutor("darkroom-files", 2, 10, TimeUnit.MINUTES);
    }

    /** Saves image {@code index}; the future may complete on any thread. */
    Future<SavedImage> save(RunningTask task, int index, RgbImage picture) {
        TaskRequest request = task.request;
        RunningTask.Setup setup = task.ready();
        long seed = request.seedOf(index);
        return pool.executeBlocking(
                () -> outputs.save(
                        index, seed, picture, task.format(), parameters(request, setup, seed), request.saveName()),
                false);
    }

    /** Deletes what is saved of a task that nobody will hear of. */
    Future<Void> delete(TaskResult result) {
        if (result.images().isEmpty()) {
            return Future.succeededFuture();
        }
        return pool.executeBlocking(
                () -> {
                    outputs.delete(result);
                    return null;
                },
                false);
    }

    Future<Void> close() {
        return pool.close();
    }

    private static Map<String, String> parameters(TaskRequest request, RunningTask.Setup setup, long seed) {
        if (!request.saveMetadataToImages()) {
            return Map.of();
        }
        SamplingPlan plan = setup.resolved().plan();
        ModelTraits traits = setup.model().traits();
        String hash = traits.weightsHash();
        return new GenerationParameters(
                        request.prompt(),
                        request.negativePrompt(),
                        List.of(request.prompt()),
                        List.of(setup.resolved().negativePrompt()),
                        request.styleSelections(),
                        request.performanceSelection(),
                        plan.steps(),
                        plan.width(),
                        plan.height(),
                        plan.guidanceScale(),
                        request.sharpness(),
                        null,
                        setup.resolved().clipSkip(),
                        plan.sampler(),
                        plan.scheduler(),
                        seed,
                        traits.name(),
                        hash.length() > 10 ? hash.substring(0, 10) : hash,
                        VERSION)
                .toScheme(request.metadataScheme());
    }
}
