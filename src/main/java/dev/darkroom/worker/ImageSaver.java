package dev.darkroom.worker;

import dev.darkroom.image.GenerationParameters;
import dev.darkroom.image.ImageGrid;
import dev.darkroom.image.RgbImage;
import dev.darkroom.output.OutputStore;
import dev.darkroom.output.PictureLog;
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
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Encodes and writes pictures away from the lane. */
final class ImageSaver {

    private static final Logger LOG = LoggerFactory.getLogger(ImageSaver.class);

    private final OutputStore outputs;
    private final PictureLog log;
    private final WorkerExecutor pool;

    ImageSaver(Vertx vertx, OutputStore outputs, PictureLog log) {
        this.outputs = outputs;
        this.log = log;
        this.pool = vertx.createSharedWorkerExecutor("darkroom-files", 2, 10, TimeUnit.MINUTES);
    }

    /** Saves image {@code index}; the future may complete on any thread. */
    Future<SavedImage> save(RunningTask task, int index, RgbImage picture) {
        GenerationParameters made = PictureParameters.of(task, index);
        return later(task, () -> {
            SavedImage saved = write(task, index, picture, made);
            note(saved, made);
            return saved;
        });
    }

    /** Saves the pictures side by side as one more, which says of itself what the first one does. */
    Future<SavedImage> saveGrid(RunningTask task, List<RgbImage> pictures) {
        GenerationParameters made = PictureParameters.of(task, 0);
        return later(task, () -> write(task, task.images(), ImageGrid.of(pictures), made));
    }

    private SavedImage write(RunningTask task, int index, RgbImage picture, GenerationParameters made)
            throws IOException {
        TaskRequest request = task.request;
        Map<String, String> parameters =
                request.saveMetadataToImages() ? made.toScheme(request.metadataScheme()) : Map.of();
        return outputs.save(task.attempt(), index, made.seed(), picture, task.format(), parameters, request.saveName());
    }

    /** A name that the user wished for is free again once the earlier attempts' pictures are gone. */
    private Future<SavedImage> later(RunningTask task, Callable<SavedImage> work) {
        return task.cleared.transform(cleared -> pool.executeBlocking(work, false));
    }

    /** The picture is what matters: that it can't be noted does not fail the task. */
    private void note(SavedImage saved, GenerationParameters made) {
        try {
            log.add(saved, made);
        } catch (IOException unwritable) {
            LOG.warn("The log of {} can't be written: {}", saved.path(), unwritable.getMessage());
        }
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
}
