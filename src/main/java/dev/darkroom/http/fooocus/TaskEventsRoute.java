package dev.darkroom.http.fooocus;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.ApiKeyGuard;
import dev.darkroom.http.HttpDesk;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers {@code GET /tasks/{task_id}/events}: at any time, for any number of readers. */
final class TaskEventsRoute {

    private static final int QUEUE_BYTES = 64 << 10;

    private final HttpDesk desk;
    private final RecordWriter records;
    private final TaskEventFrames frames = new TaskEventFrames();

    TaskEventsRoute(HttpDesk desk, RecordWriter records) {
        this.desk = desk;
        this.records = records;
    }

    void handle(RoutingContext context) {
        TaskId task = TaskActions.task(context);
        HttpServerResponse response = context.response();
        String base = desk.address().of(context.request());
        EventId last = EventId.parse(context.request().getHeader("Last-Event-ID"));
        String owner = ApiKeyGuard.reach(context);
        desk.streams().enter();
        Function<TaskRow, String> record = row -> records.write(row, base);
        TaskEventStream stream = new TaskEventStream(
                response,
                frames,
                record,
                end -> row(task, owner),
                base,
                last,
                desk.config().heartbeat().toMillis());
        // before the row is read, so that nothing is missed in between
        TaskFollower follower = new TaskFollower(task, desk.hub(), desk.tasks(), desk.pulse(), records);
        follower.begin(stream);
        context.addEndHandler(gone -> {
            desk.streams().leave();
            follower.close();
        });
        row(task, owner)
                .onFailure(failure -> {
                    follower.close();
                    context.fail(failure);
                })
                .onSuccess(row -> {
                    desk.abandoned().cameBack(task);
                    if (response.closed()) {
                        return;
                    }
                    if (row.state().terminal()) {
                        follower.close();
                        ended(response, row, last, record);
                    } else {
                        TaskEvent known = desk.hub().latest(task);
                        head(response);
                        stream.open(row, known);
                    }
                });
    }

    private Future<TaskRow> row(TaskId task, @Nullable String owner) {
        return desk.tasks()
                .find(task, owner)
                .compose(row -> row == null ? Future.failedFuture(TaskActions.unknown()) : Future.succeededFuture(row));
    }

    private static void ended(
            HttpServerResponse response, TaskRow row, EventId last, Function<TaskRow, String> record) {
        EventId end = EventId.end(row.attempt());
        if (!end.isNewerThan(last)) {
            // what a browser's EventSource understands as: do not come again
            response.setStatusCode(204).end();
            return;
        }
        head(response).end(TaskEventFrames.record("ended", end, record.apply(row)));
    }

    private static HttpServerResponse head(HttpServerResponse response) {
        return response.setChunked(true)
                .setWriteQueueMaxSize(QUEUE_BYTES)
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .putHeader(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .putHeader("X-Accel-Buffering", "no");
    }
}
