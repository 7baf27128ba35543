package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.StoreMessage.Find;
import dev.darkroom.bus.StoreMessage.Found;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a task's end into its row, again and again while the database is away and the lease may still hold. */
final class TaskCompletion {

    private static final Logger LOG = LoggerFactory.getLogger(TaskCompletion.class);

    private final Vertx vertx;
    private final BooleanSupplier draining;

    /** @param draining no further attempt is to be made */
    TaskCompletion(Vertx vertx, BooleanSupplier draining) {
        this.vertx = vertx;
        this.draining = draining;
    }

    /** Gives whether the row took the end; fails if that can't be known. */
    Future<Boolean> complete(RunningTask task, TaskState state) {
        return attempt(task, new Complete(task.id(), task.claim.attempt(), state, task.result(), task.error), false);
    }

    private Future<Boolean> attempt(RunningTask task, Complete message, boolean again) {
        return vertx.eventBus()
                .<Boolean>request(Addresses.STORE, message)
                .map(Message::body)
                // an earlier attempt may have succeeded though its answer was lost
                .compose(taken -> taken || !again ? Future.succeededFuture(taken) : isRecorded(message))
                .recover(failure -> {
                    LOG.warn("The end of task {} can't be written yet: {}", task.id(), failure.getMessage());
                    return draining.getAsBoolean() || task.lost
                            ? Future.failedFuture(failure)
                            : vertx.timer(1, TimeUnit.SECONDS).compose(ignored -> attempt(task, message, true));
                });
    }

    private Future<Boolean> isRecorded(Complete message) {
        return vertx.eventBus()
                .<Found>request(Addresses.STORE, new Find(message.taskId(), null))
                .map(reply -> reply.body().row() != null
                        && reply.body().row().attempt() == message.attempt()
                        && reply.body().row().state() == message.state());
    }
}
