package dev.darkroom.worker;

import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.image.GenerationParameters;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.output.OutputStore;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Encodes and writes pictures away from the lane. */
final class ImageSaver {

    private static final Logger LOG = LoggerFactory.getLogger(ImageSaver.class);

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
        // a name that the user wished for is free again once the earlier attempts' pictures are gone
        return task.cleared.transform(cleared -> pool.executeBlocking(
                () -> outputs.save(
                        task.attempt(),
                        index,
                        seed,
                        picture,
                        task.format(),
                        parameters(request, setup, seed),
                        request.saveName()),
                false));
    }

    /** Deletes what earlier attempts at the task left when their server died. */
    Future<Void> clear(RunningTask task) {
        return task.claim.attempt() == 1 ? Future.succeededFuture() : files(task.attempt(), outputs::discardEarlier);
    }

    /** The task's row names its pictures now. */
    Future<Void> keep(RunningTask task) {
        return settle(task.attempt(), task.result());
    }

    /** Deletes what is saved of a task that nobody will hear of. */
    Future<Void> discard(RunningTask task) {
        return settle(task.attempt(), TaskResult.EMPTY);
    }

    /** Returns the attempts that saved something and were never settled. */
    Future<List<Attempt>> unsettled() {
        return pool.executeBlocking(outputs::unsettled, false);
    }

    /** Deletes what the attempt saved beside {@code kept}. */
    Future<Void> settle(Attempt attempt, TaskResult kept) {
        return files(attempt, one -> outputs.settle(one, kept));
    }

    private interface Deed {
        void on(Attempt attempt) throws IOException;
    }

    private Future<Void> files(Attempt attempt, Deed deed) {
        return pool.<Void>executeBlocking(
                        () -> {
                            deed.on(attempt);
                            return null;
                        },
                        false)
                .onFailure(failure -> LOG.warn("Files of task {} can't be tidied up", attempt.task(), failure));
    }

    Future<Void> close() {
        return pool.close();
    }

    private static Map<String, String> parameters(TaskRequest request, RunningTask.Setup setup, long seed) {
        if (!request.saveMetadataToImages()) {
            return Map.of();
        }
        SamplingPlan plan = setup.resolved().plan();
        Guidance guidance = setup.resolved().guidance();
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
                        guidance.sharpness(),
                        guidance.scale() > guidance.adaptive() ? guidance.adaptive() : null,
                        setup.resolved().clipSkip(),
                        plan.sampler(),
                        plan.scheduler(),
                        seed,
                        traits.name(),
                        hash.length() > 10 ? hash.substring(0, 10) : hash,
                        Software.NAME)
                .toScheme(request.metadataScheme());
    }
}
