package dev.darkroom.http.fooocus;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.ApiError;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.ErrorTable;
import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.TaskDesk;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/** Answers with JSON that is made of the task's row when the task is done, however long that takes. */
public abstract class RowResponder implements Responder {

    private final TaskDesk tasks;
    private final PublicAddress address;

    protected RowResponder(TaskDesk tasks, PublicAddress address) {
        this.tasks = tasks;
        this.address = address;
    }

    /**
     * Makes the answer.
     *
     * @param base what result addresses begin with
     */
    protected abstract Future<String> json(TaskRow row, String base);

    /** Returns the status of an answer about a task that ended in {@code state}. */
    protected int status(TaskState state) {
        return 200;
    }

    /** Returns what is answered without a look at the row, or null. */
    protected @Nullable ApiError refusal(TaskEvent.Ended end) {
        return null;
    }

    @Override
    public final void respond(RoutingContext context, GenerateRequest request, TaskFollower follower) {
        follower.begin(new AtTheEnd(context, follower.task()) {
            @Override
            public void ended(TaskEvent.Ended end) {
                ApiError refusal = refusal(end);
                if (refusal == null) {
                    answer(context, end);
                } else {
                    ErrorTable.send(context.response(), refusal);
                }
            }
        });
    }

    private void answer(RoutingContext context, TaskEvent.Ended end) {
        tasks.find(end.taskId(), null)
                .compose(row -> {
                    if (row == null) {
                        throw ApiException.of(404, "The task's record was deleted.");
                    }
                    return json(row, address.of(context.request()));
                })
                .onFailure(context::fail)
                .onSuccess(json -> {
                    if (!context.response().closed()) {
                        context.response()
                                .setStatusCode(status(end.state()))
                                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                                .end(json);
                    }
                });
    }
}
