package dev.darkroom.http.fooocus;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.ApiKeyGuard;
import dev.darkroom.http.Detail;
import dev.darkroom.http.Origins;
import dev.darkroom.http.TaskDesk;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/** Stops the caller's oldest running task, or skips its current image. The words are FooocusAPI's, as it spells them. */
final class ControlRoute {

    private static final String STOPPED = "task stoped";
    private static final String SKIPPED = "task skiped";
    private static final String IDLE = "No task running";

    private final TaskDesk tasks;
    private final Origins origins;

    ControlRoute(TaskDesk tasks, Origins origins) {
        this.tasks = tasks;
        this.origins = origins;
    }

    void handle(RoutingContext context) {
        origins.refuseForeign(context.request());
        String action = context.queryParams().get("action");
        if (action == null) {
            throw ApiException.invalid(
                    List.of(new Detail("missing", List.of("query", "action"), "Field required", null, null)));
        }
        boolean stop = action.equals("stop");
        if (!stop && !action.equals("skip")) {
            answer(context, "Invalid control action");
            return;
        }
        String owner = ApiKeyGuard.owner(context);
        tasks.oldestRunning(owner)
                .compose(row -> row == null ? Future.succeededFuture(IDLE) : act(context, row, stop, owner))
                .onFailure(context::fail)
                .onSuccess(message -> answer(context, message));
    }

    private Future<String> act(RoutingContext context, TaskRow row, boolean stop, String owner) {
        context.response().putHeader("X-Task-Id", row.taskId().hex());
        if (stop) {
            return tasks.stop(row.taskId(), owner).map(STOPPED);
        }
        tasks.skip(row);
        return Future.succeededFuture(SKIPPED);
    }

    private static void answer(RoutingContext context, String message) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .end("{\"message\":\"" + message + "\"}");
    }
}
