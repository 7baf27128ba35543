package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.StoreMessage.Find;
import dev.darkroom.bus.StoreMessage.Found;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles what dead servers left unsettled of tasks that have ended meanwhile: a picture that the task's row names
 * stays, every other one goes. Tasks that wait or run are left to their next attempt.
 */
final class LeftoverPictures {

    private static final Logger LOG = LoggerFactory.getLogger(LeftoverPictures.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Vertx vertx;
    private final ImageSaver saver;

    LeftoverPictures(Vertx vertx, ImageSaver saver) {
        this.vertx = vertx;
        this.saver = saver;
    }

    /** Looks once. Never fails: what can't be settled now is found at the next start. */
    Future<Void> settle() {
        return saver.unsettled()
                .compose(attempts ->
                        Future.join(attempts.stream().map(this::settle).toList()))
                .onFailure(failure -> LOG.warn("Pictures of dead servers can't be looked for", failure))
                .otherwiseEmpty()
                .mapEmpty();
    }

    private Future<Void> settle(Attempt attempt) {
        return vertx.eventBus()
                .<Found>request(Addresses.STORE, new Find(attempt.task(), null))
                .compose(reply -> {
                    TaskRow row = reply.body().row();
                    if (row == null) {
                        return saver.settle(attempt, TaskResult.EMPTY);
                    }
                    return row.state().terminal() ? saver.settle(attempt, named(row)) : Future.succeededFuture();
                });
    }

    private static TaskResult named(TaskRow row) {
        if (row.resultJson() == null) {
            return TaskResult.EMPTY;
        }
        try {
            return JSON.readValue(row.resultJson(), TaskResult.class);
        } catch (JsonProcessingException damaged) {
            throw new IllegalStateException("The result of task " + row.taskId() + " is damaged", damaged);
        }
    }
}
