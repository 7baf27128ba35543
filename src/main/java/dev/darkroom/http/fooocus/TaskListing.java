package dev.darkroom.http.fooocus;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.TaskRow;
import dev.darkroom.http.TaskDesk;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the whole of a range as a JSON array, some hundred rows at a time: the next ones are asked for when the client
 * has taken the last, so that any range fits into little memory. One event loop only.
 */
final class TaskListing {

    private static final int ROWS_AT_ONCE = 200;

    private final TaskDesk tasks;
    private final RecordWriter records;
    private final StoreMessage.Filter filter;
    private final HttpServerResponse response;
    private final String base;
    private boolean first = true;
    private @Nullable Promise<Void> drain;

    TaskListing(TaskDesk tasks, RecordWriter records, StoreMessage.Filter filter, RoutingContext context, String base) {
        this.tasks = tasks;
        this.records = records;
        this.filter = filter;
        this.response = context.response();
        this.base = base;
        // the response itself has one handler only, which serves all who wait for the exchange's end
        context.addEndHandler(end -> left());
    }

    /** Writes the elements between the brackets; done when the last one is written. */
    Future<Void> write() {
        return next(0L);
    }

    private Future<Void> next(long after) {
        return tasks.search(filter, new StoreMessage.Page(after, 0, ROWS_AT_ONCE, false))
                .compose(rows -> {
                    if (rows.isEmpty()) {
                        return Future.succeededFuture();
                    }
                    writeRows(rows);
                    long last = rows.get(rows.size() - 1).id();
                    return rows.size() < ROWS_AT_ONCE
                            ? Future.succeededFuture()
                            : drained().compose(ready -> next(last));
                });
    }

    private void writeRows(List<TaskRow> rows) {
        StringBuilder json = new StringBuilder();
        for (TaskRow row : rows) {
            json.append(first ? "" : ",").append(records.write(row, base));
            first = false;
        }
        response.write(json.toString());
    }

    private Future<Void> drained() {
        if (response.closed()) {
            return Future.failedFuture("the client left");
        }
        if (!response.writeQueueFull()) {
            return Future.succeededFuture();
        }
        Promise<Void> promise = Promise.promise();
        drain = promise;
        response.drainHandler(drained -> promise.tryComplete());
        return promise.future();
    }

    private void left() {
        Promise<Void> waiting = drain;
        if (waiting != null) {
            waiting.tryFail("the client left");
        }
    }
}
