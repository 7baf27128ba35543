package dev.darkroom.http.fooocus;

import dev.darkroom.bus.StoreMessage.StopOutcome;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.ApiError;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.ApiKeyGuard;
import dev.darkroom.http.HttpDesk;
import dev.darkroom.http.PictureFiles;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Stops, skips and deletes one task by its id. Somebody else's task is answered like one that is not there. */
final class TaskActions {

    /** A running task is stopped within two steps; after this the client is told to come back. */
    private static final long STOP_SECONDS = 30;

    private final Vertx vertx;
    private final HttpDesk desk;
    private final RecordWriter records;
    private final PictureFiles files;

    TaskActions(Vertx vertx, HttpDesk desk, RecordWriter records, PictureFiles files) {
        this.vertx = vertx;
        this.desk = desk;
        this.records = records;
        this.files = files;
    }

    /** Answers {@code POST /tasks/{task_id}/stop}; repeating it changes nothing. */
    void stop(RoutingContext context) {
        desk.origins().refuseForeign(context.request());
        TaskId task = task(context);
        String owner = ApiKeyGuard.reach(context);
        desk.tasks()
                .stop(task, owner)
                .compose(stopping -> switch (stopping.outcome()) {
                    case UNKNOWN -> Future.<Void>failedFuture(unknown());
                    case STOPPED -> answer(context, 200, task, "stopped", TaskState.STOPPED);
                    case REQUESTED -> answer(context, 202, task, "stopping", TaskState.RUNNING);
                    case ENDED -> row(task, owner).compose(row -> answer(context, 200, task, "ended", row.state()));
                })
                .onFailure(context::fail);
    }

    /** Answers {@code POST /tasks/{task_id}/skip}. */
    void skip(RoutingContext context) {
        desk.origins().refuseForeign(context.request());
        TaskId task = task(context);
        row(task, ApiKeyGuard.reach(context))
                .compose(row -> {
                    if (row.state() != TaskState.RUNNING) {
                        String sentence = row.state().terminal()
                                ? "The task has ended; there is no image to skip."
                                : "The task waits; there is no image to skip yet.";
                        return Future.<Void>failedFuture(new ApiException(new ApiError.OfTask(409, sentence, task)));
                    }
                    desk.tasks().skip(row);
                    return answer(context, 202, task, "skipping", TaskState.RUNNING);
                })
                .onFailure(context::fail);
    }

    /** Answers {@code DELETE /tasks/{task_id}}: what has not ended is stopped first. */
    void delete(RoutingContext context) {
        desk.origins().refuseForeign(context.request());
        TaskId task = task(context);
        String owner = ApiKeyGuard.reach(context);
        ended(task, owner)
                .compose(end -> desk.tasks().remove(task, owner))
                .compose(result -> result == null ? Future.failedFuture(unknown()) : files.delete(List.of(result)))
                .onFailure(context::fail)
                .onSuccess(gone -> {
                    if (!context.response().closed()) {
                        context.response().setStatusCode(204).end();
                    }
                });
    }

    /** Stops the task, and is done when it has ended. */
    private Future<?> ended(TaskId task, @Nullable String owner) {
        Promise<Void> end = Promise.promise();
        // before the stop, so that the end is not missed
        TaskFollower follower = new TaskFollower(task, desk.hub(), desk.tasks(), desk.pulse(), records);
        follower.begin(new Ending(end));
        desk.tasks().stop(task, owner).onComplete(stopping -> {
            if (stopping.failed()) {
                end.tryFail(stopping.cause());
            } else if (stopping.result().outcome() == StopOutcome.UNKNOWN) {
                end.tryFail(unknown());
            } else if (stopping.result().outcome() != StopOutcome.REQUESTED) {
                end.tryComplete();
            }
        });
        long timer = vertx.setTimer(TimeUnit.SECONDS.toMillis(STOP_SECONDS), late -> {
            String sentence = "The task was told to stop and has not yet; try again.";
            end.tryFail(new ApiException(new ApiError.OfTask(409, sentence, task)));
        });
        return end.future().onComplete(done -> {
            vertx.cancelTimer(timer);
            follower.close();
        });
    }

    private record Ending(Promise<Void> end) implements TaskFollower.Reader {
        @Override
        public void told(TaskEvent event) {
            // only the end counts
        }

        @Override
        public void ended(TaskEvent.Ended event) {
            end.tryComplete();
        }

        @Override
        public void shutdown() {
            end.tryFail(new ApiException(new ApiError.Later(503, "The server shuts down.", 5)));
        }

        @Override
        public void beat(long now) {
            // a timer watches
        }
    }

    private Future<TaskRow> row(TaskId task, @Nullable String owner) {
        return desk.tasks()
                .find(task, owner)
                .compose(row -> row == null ? Future.failedFuture(unknown()) : Future.succeededFuture(row));
    }

    /**
     * Reads the path.
     *
     * @throws ApiException 404 if it names none
     */
    static TaskId task(RoutingContext context) {
        return TaskId.parse(context.pathParam("task_id")).orElseThrow(TaskActions::unknown);
    }

    static ApiException unknown() {
        return ApiException.of(404, "There is no such task.");
    }

    private static Future<Void> answer(
            RoutingContext context, int status, TaskId task, String outcome, TaskState state) {
        return context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .end("{\"task_id\":\"%s\",\"outcome\":\"%s\",\"status\":\"%s\"}"
                        .formatted(task, outcome, state.column()));
    }
}
