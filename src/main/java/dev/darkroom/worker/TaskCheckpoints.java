package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.StoreMessage.Checkpoint;
import dev.darkroom.bus.StoreMessage.Checkpoints;
import dev.darkroom.bus.StoreMessage.ImageCheckpoint;
import dev.darkroom.bus.StoreMessage.Resume;
import dev.darkroom.worker.LaneRows.Place;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps how far the images of a lane's long tasks have come, so that the next attempt goes on instead of beginning anew.
 * A hint: what can't be kept is made again. Belongs to the lane.
 */
final class TaskCheckpoints {

    private static final Logger LOG = LoggerFactory.getLogger(TaskCheckpoints.class);
    private static final DeliveryOptions WHILE_DRAINING = new DeliveryOptions().setSendTimeout(2_000);
    private static final DeliveryOptions USUAL = new DeliveryOptions().setSendTimeout(15_000);

    private final Vertx vertx;
    private final Context context;
    private final SamplerConfig config;
    private final LaneRows rows;
    private final LaneLoad load;

    /** @param context the lane's */
    TaskCheckpoints(Vertx vertx, Context context, SamplerConfig config, LaneRows rows, LaneLoad load) {
        this.vertx = vertx;
        this.context = context;
        this.config = config;
        this.rows = rows;
        this.load = load;
    }

    /** Asks how far an earlier attempt has come; the task's images wait for the answer. */
    Future<Void> recall(RunningTask task) {
        if (task.claim.attempt() == 1) {
            return Future.succeededFuture();
        }
        return vertx.eventBus()
                .<Checkpoints>request(Addresses.STORE, new Resume(task.id(), task.claim.attempt()), USUAL)
                .onSuccess(reply -> context.runOnContext(
                        ignored -> task.earlier.take(reply.body().images())))
                .onFailure(failure -> LOG.warn("Task {} begins anew: {}", task.id(), failure.getMessage()))
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** The lane has made a turn: keeps what is due. */
    void look(Collection<RunningTask> tasks) {
        long now = System.nanoTime();
        for (RunningTask task : tasks) {
            if (task.ending == null
                    && !task.keeping
                    && now - task.keptAt >= config.checkpointEvery().toNanos()
                    && load.millisLeftOf(task) >= config.checkpointBeyond().toMillis()) {
                task.keptAt = now;
                keep(task, USUAL);
            }
        }
    }

    /** Keeps all that was begun, as the tasks are about to be handed back. */
    Future<Void> keepAll(Collection<RunningTask> tasks) {
        return Future.join(tasks.stream()
                        .filter(task -> task.ending == null && !task.lost)
                        .map(task -> keep(task, WHILE_DRAINING))
                        .toList())
                .otherwiseEmpty()
                .mapEmpty();
    }

    private Future<?> keep(RunningTask task, DeliveryOptions patience) {
        List<ImageCheckpoint> images = new ArrayList<>();
        Stream.concat(task.sampled.stream(), rows.all().stream())
                .filter(place -> place.task() == task && place.row().sampler().step() > 0)
                .forEach(place -> images.add(image(task, place)));
        // what an earlier attempt brought as far, and what did not move since
        images.removeIf(image -> Integer.valueOf(image.step()).equals(task.keptSteps.get(image.image())));
        if (images.isEmpty()) {
            return Future.succeededFuture();
        }
        task.keeping = true;
        return vertx.eventBus()
                .<Boolean>request(Addresses.STORE, new Checkpoint(task.id(), task.claim.attempt(), images), patience)
                .onComplete(reply -> context.runOnContext(ignored -> {
                    task.keeping = false;
                    if (reply.succeeded() && reply.result().body()) {
                        images.forEach(image -> task.keptSteps.put(image.image(), image.step()));
                    } else if (reply.failed()) {
                        LOG.debug("Task {} can't be kept now", task.id(), reply.cause());
                    }
                }));
    }

    private static ImageCheckpoint image(RunningTask task, Place place) {
        int index = place.row().imageIndex();
        JoinedTexts texts = task.texts.get(index);
        boolean known = texts == null || task.keptSteps.containsKey(index);
        byte[] input =
                known ? null : new EncodedInput(task.ready().model().traits().weightsHash(), texts).toBytes();
        return new ImageCheckpoint(
                index, place.row().sampler().step(), place.row().sampler().save(), input);
    }
}
