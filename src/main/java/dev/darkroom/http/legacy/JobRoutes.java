package dev.darkroom.http.legacy;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.ApiKeyGuard;
import dev.darkroom.http.Detail;
import dev.darkroom.http.HttpDesk;
import dev.darkroom.http.PictureFiles;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads, stops and deletes jobs. Everybody sees only their own, an administrator all. */
final class JobRoutes {

    private static final int MOST_WAITING = 1000;
    private static final List<TaskState> OPEN = List.of(TaskState.PENDING, TaskState.RUNNING);
    private static final List<TaskState> ENDED =
            List.of(TaskState.FINISHED, TaskState.STOPPED, TaskState.FAILED, TaskState.TIMED_OUT);

    private final PictureFiles files;
    private final HttpDesk desk;
    private final Jobs jobs;
    private final LegacyContract contract;

    JobRoutes(PictureFiles files, HttpDesk desk, Jobs jobs, LegacyContract contract) {
        this.files = files;
        this.desk = desk;
        this.jobs = jobs;
        this.contract = contract;
    }

    /** Answers {@code query-job}. */
    void query(RoutingContext context) {
        Map<String, Object> query = parameters(context, contract.query());
        String job = (String) query.get("job_id");
        if (job == null) {
            throw ApiException.invalid(
                    List.of(new Detail("missing", List.of("query", "job_id"), "Field required", null, null)));
        }
        boolean preview = Boolean.TRUE.equals(query.get("require_step_preview"));
        find(context, job)
                .compose(row -> row == null
                        ? Future.succeededFuture(Jobs.unknown())
                        : jobs.of(row, preview, desk.address().of(context.request())))
                .onFailure(context::fail)
                .onSuccess(found -> {
                    if (found.get("job_id").equals("")) {
                        context.response().setStatusCode(404);
                    }
                    json(context, found);
                });
    }

    /** Answers {@code job-queue}. */
    void queue(RoutingContext context) {
        StoreMessage.Filter any = new StoreMessage.Filter(
                ApiKeyGuard.reach(context), List.of(TaskState.values()), null, null, null, null);
        Future<StoreMessage.Counts> counts = desk.tasks().count();
        Future<List<TaskRow>> latest = desk.tasks().search(any, new StoreMessage.Page(null, 0, 1, true));
        Future.all(counts, latest).onFailure(context::fail).onSuccess(both -> {
            StoreMessage.Counts count = counts.result();
            Map<String, Object> info = new LinkedHashMap<>();
            info.put("running_size", count.pending() + count.running());
            info.put("finished_size", count.finished() + count.stopped() + count.failed() + count.timedOut());
            info.put(
                    "last_job_id",
                    latest.result().isEmpty()
                            ? null
                            : Jobs.id(latest.result().get(0).taskId()));
            json(context, info);
        });
    }

    /** Answers {@code job-history}. */
    void history(RoutingContext context) {
        Map<String, Object> query = parameters(context, contract.history());
        String job = (String) query.get("job_id");
        if (job != null && !job.isEmpty() && Boolean.TRUE.equals(query.get("delete"))) {
            desk.origins().refuseForeign(context.request());
            delete(context, job);
            return;
        }
        if (job != null && !job.isEmpty()) {
            find(context, job).onFailure(context::fail).onSuccess(row -> {
                List<TaskRow> found = row == null ? List.of() : List.of(row);
                lists(
                        context,
                        found.stream().filter(one -> !one.state().terminal()).toList(),
                        found.stream().filter(one -> one.state().terminal()).toList());
            });
            return;
        }
        int size = number(query, "page_size", 20);
        long offset = (long) number(query, "page", 0) * size;
        Future<List<TaskRow>> open = search(context, OPEN, new StoreMessage.Page(null, 0, MOST_WAITING, false));
        Future<List<TaskRow>> ended = search(context, ENDED, new StoreMessage.Page(null, offset, size, true));
        Future.all(open, ended)
                .onFailure(context::fail)
                .onSuccess(both -> lists(context, open.result(), ended.result()));
    }

    /** Answers {@code stop}. */
    void stop(RoutingContext context) {
        desk.origins().refuseForeign(context.request());
        String owner = ApiKeyGuard.owner(context);
        desk.tasks()
                .oldestRunning(owner)
                .compose(row -> row == null
                        ? Future.succeededFuture()
                        : desk.tasks().stop(row.taskId(), owner).mapEmpty())
                .onFailure(context::fail)
                .onSuccess(done -> json(context, Map.of("msg", "success")));
    }

    private Future<@Nullable TaskRow> find(RoutingContext context, String job) {
        return TaskId.parse(job)
                .map(task -> desk.tasks().find(task, ApiKeyGuard.reach(context)))
                .orElse(Future.succeededFuture(null))
                .onSuccess(row -> {
                    if (row != null) {
                        desk.abandoned().cameBack(row.taskId());
                    }
                });
    }

    private void delete(RoutingContext context, String job) {
        Future<TaskResult> removed = TaskId.parse(job)
                .map(task -> desk.tasks().remove(task, ApiKeyGuard.reach(context)))
                .orElse(Future.succeededFuture(null));
        Future<Boolean> deleted = removed.compose(gone -> gone == null
                ? Future.succeededFuture(false)
                : files.delete(List.of(gone)).map(true));
        deleted.onFailure(context::fail)
                .onSuccess(done -> json(context, Map.of("message", done ? "Deleted" : "Not found")));
    }

    private Future<List<TaskRow>> search(RoutingContext context, List<TaskState> states, StoreMessage.Page page) {
        String owner = ApiKeyGuard.reach(context);
        return desk.tasks().search(new StoreMessage.Filter(owner, states, null, null, null, null), page);
    }

    private static void lists(RoutingContext context, List<TaskRow> open, List<TaskRow> ended) {
        Map<String, Object> lists = new LinkedHashMap<>();
        lists.put("queue", open.stream().map(Jobs::brief).toList());
        lists.put("history", ended.stream().map(Jobs::brief).toList());
        json(context, lists);
    }

    private static Map<String, Object> parameters(RoutingContext context, Map<String, Schema> schemas) {
        List<Detail> mistakes = new ArrayList<>();
        Map<String, Object> values = new LinkedHashMap<>();
        schemas.forEach((name, schema) -> {
            String text = context.queryParams().get(name);
            if (text != null) {
                values.put(name, RequestReader.read(schema, text, List.of("query", name), mistakes));
            }
        });
        if (!mistakes.isEmpty()) {
            throw ApiException.invalid(mistakes);
        }
        return values;
    }

    private static int number(Map<String, Object> values, String name, int fallback) {
        return values.get(name) instanceof Long number ? number.intValue() : fallback;
    }

    private static void json(RoutingContext context, Object body) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .end(Json.encode(body));
    }
}
