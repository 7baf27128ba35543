package dev.darkroom.http.fooocus;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.TaskRow;
import dev.darkroom.http.TaskDesk;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;

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

    TaskListing(
            TaskDesk tasks,
            RecordWriter records,
            StoreMessage.Filter filter,
            HttpServerResponse response,
            String base) {
        this.tasks = tasks;
        this.records = records;
        this.filter = filter;
        this.response = response;
        this.base = base;
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
        response.drainHandler(drained -> promise.tryComplete());
        response.closeHandler(closed -> promise.tryFail("the client left"));
        return promise.future();
    }
}
