package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.StoreMessage.Find;
import dev.darkroom.bus.StoreMessage.Found;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a task's end into its row, again and again while the database is away and the lease may still hold. */
final class TaskCompletion {

    private static final Logger LOG = LoggerFactory.getLogger(TaskCompletion.class);

    /** Holds nothing that could be refused again. */
    private static final String REFUSED = "The database refused the task's result; the server's log tells why.";

    private final Vertx vertx;
    private final BooleanSupplier draining;

    /** @param draining no further attempt is to be made */
    TaskCompletion(Vertx vertx, BooleanSupplier draining) {
        this.vertx = vertx;
        this.draining = draining;
    }

    /**
     * Gives whether the row took the end; fails if that can't be known. A row that refuses the end as it is gets a
     * failure without pictures in its place, which the task then shows too. On the lane.
     */
    Future<Boolean> complete(RunningTask task) {
        return attempt(task, end(task), false);
    }

    private static Complete end(RunningTask task) {
        return new Complete(
                task.id(), task.claim.attempt(), Objects.requireNonNull(task.ending), task.result(), task.error);
    }

    private Future<Boolean> attempt(RunningTask task, Complete message, boolean again) {
        return vertx.eventBus()
                .<Boolean>request(Addresses.STORE, message)
                .map(Message::body)
                // an earlier attempt may have succeeded though its answer was lost
                .compose(taken -> taken || !again ? Future.succeededFuture(taken) : isRecorded(message))
                .recover(failure -> {
                    if (isRefusal(failure) && !REFUSED.equals(message.error())) {
                        LOG.error("The end of task {} is refused: {}", task.id(), failure.getMessage());
                        task.refused(REFUSED);
                        return attempt(task, end(task), false);
                    }
                    LOG.warn("The end of task {} can't be written yet: {}", task.id(), failure.getMessage());
                    return draining.getAsBoolean() || task.lost || isRefusal(failure)
                            ? Future.failedFuture(failure)
                            : vertx.timer(1, TimeUnit.SECONDS).compose(ignored -> attempt(task, message, true));
                });
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof ReplyException reply
                && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
                && BusFailure.ofCode(reply.failureCode()) == BusFailure.INVALID;
    }

    private Future<Boolean> isRecorded(Complete message) {
        return vertx.eventBus()
                .<Found>request(Addresses.STORE, new Find(message.taskId(), null))
                .map(reply -> reply.body().row() != null
                        && reply.body().row().attempt() == message.attempt()
                        && reply.body().row().state() == message.state());
    }
}
