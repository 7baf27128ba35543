package dev.darkroom.http.fooocus;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.TaskRow;
import dev.darkroom.http.ApiKeyGuard;
import dev.darkroom.http.HttpDesk;
import dev.darkroom.http.PictureFiles;
import dev.darkroom.http.Schema;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads tasks: one, a page, or a whole range; and deletes a range. Everybody sees only their own, an
 * administrator all. */
final class TaskRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(TaskRoutes.class);
    private static final int MOST_CURRENT = 1000;

    private final HttpDesk desk;
    private final RecordWriter records;
    private final PictureFiles files;
    private final Map<String, Schema> parameters;

    /** @param parameters of the query, by name */
    TaskRoutes(HttpDesk desk, RecordWriter records, PictureFiles files, Map<String, Schema> parameters) {
        this.desk = desk;
        this.records = records;
        this.files = files;
        this.parameters = parameters;
    }

    /** Answers {@code /tasks/{task_id}}. */
    void one(RoutingContext context) {
        TaskId.parse(context.pathParam("task_id"))
                .map(task -> desk.tasks().find(task, ApiKeyGuard.reach(context)))
                .orElse(Future.succeededFuture(null))
                .map(row -> {
                    if (row == null) {
                        return "[]";
                    }
                    desk.abandoned().cameBack(row.taskId());
                    return records.write(row, desk.address().of(context.request()));
                })
                .onFailure(context::fail)
                .onSuccess(record -> json(context.response()).end(record));
    }

    /** Answers {@code /tasks}. */
    void list(RoutingContext context) {
        HistoryQuery query =
                HistoryQuery.read(context.queryParams(), parameters, ApiKeyGuard.reach(context), desk.clock());
        if (query.delete()) {
            desk.origins().refuseForeign(context.request());
            delete(context, query);
            return;
        }
        Future<List<TaskRow>> history =
                query.wants("history") && !query.whole() ? page(query) : Future.succeededFuture(List.of());
        Future<List<TaskRow>> current = query.wants("current") ? current(query) : Future.succeededFuture(List.of());
        Future<List<TaskRow>> pending = query.wants("pending") ? pending(query) : Future.succeededFuture(List.of());
        String base = desk.address().of(context.request());
        Future.all(history, current, pending)
                .map(all -> tail(current.result(), pending.result(), base))
                .onFailure(context::fail)
                .onSuccess(tail -> {
                    if (query.whole() && query.wants("history")) {
                        stream(context, query, base, tail);
                    } else {
                        page(context, history.result(), base, tail);
                    }
                });
    }

    private void page(RoutingContext context, List<TaskRow> history, String base, String tail) {
        String body;
        try {
            body = "{\"history\":[" + joined(history, base) + tail;
        } catch (UncheckedIOException damaged) {
            context.fail(damaged);
            return;
        }
        json(context.response()).end(body);
    }

    private void stream(RoutingContext context, HistoryQuery query, String base, String tail) {
        HttpServerResponse response = json(context.response()).setChunked(true);
        response.write("{\"history\":[");
        new TaskListing(desk.tasks(), records, query.filter(), context, base)
                .write()
                .onSuccess(done -> response.end(tail))
                .onFailure(failure -> {
                    // half of it is sent: only a broken connection can still tell that it is not whole
                    LOG.debug("A listing ended early: {}", failure.getMessage());
                    context.request().connection().close();
                });
    }

    private Future<List<TaskRow>> page(HistoryQuery query) {
        boolean newestFirst = query.range() == null;
        long offset = (long) query.page() * query.pageSize();
        return desk.tasks()
                .search(query.filter(), new StoreMessage.Page(query.after(), offset, query.pageSize(), newestFirst));
    }

    private Future<List<TaskRow>> current(HistoryQuery query) {
        return desk.tasks().search(only(query, TaskState.RUNNING), new StoreMessage.Page(null, 0, MOST_CURRENT, false));
    }

    private Future<List<TaskRow>> pending(HistoryQuery query) {
        long offset = (long) query.page() * query.pageSize();
        return desk.tasks()
                .search(only(query, TaskState.PENDING), new StoreMessage.Page(null, offset, query.pageSize(), false));
    }

    /** What waits or runs is always recent: times do not restrict it. */
    private static StoreMessage.Filter only(HistoryQuery query, TaskState state) {
        StoreMessage.Filter filter = query.filter();
        return new StoreMessage.Filter(filter.owner(), List.of(state), filter.model(), filter.promptText(), null, null);
    }

    private void delete(RoutingContext context, HistoryQuery query) {
        Future<?> deleted = query.range() == null
                ? Future.succeededFuture()
                : desk.tasks().delete(query.filter()).compose(gone -> files.delete(gone.results()));
        deleted.onFailure(context::fail)
                .onSuccess(done -> json(context.response()).end("null"));
    }

    private String tail(List<TaskRow> current, List<TaskRow> pending, String base) {
        return "],\"current\":[" + joined(current, base) + "],\"pending\":[" + joined(pending, base) + "]}";
    }

    private String joined(List<TaskRow> rows, String base) {
        StringBuilder json = new StringBuilder();
        for (TaskRow row : rows) {
            json.append(json.isEmpty() ? "" : ",").append(records.write(row, base));
        }
        return json.toString();
    }

    private static HttpServerResponse json(HttpServerResponse response) {
        return response.putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }
}
