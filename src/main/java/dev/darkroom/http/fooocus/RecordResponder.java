package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiError;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.ErrorTable;
import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.TaskDesk;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.ext.web.RoutingContext;

/** Answers with the full record when the task is done, however long that takes. */
public final class RecordResponder implements Responder {

    private final TaskDesk tasks;
    private final RecordWriter records;
    private final PublicAddress address;

    RecordResponder(TaskDesk tasks, RecordWriter records, PublicAddress address) {
        this.tasks = tasks;
        this.records = records;
        this.address = address;
    }

    @Override
    public void respond(RoutingContext context, GenerateRequest request, TaskFollower follower) {
        follower.begin(new AtTheEnd(context, follower.task()) {
            @Override
            public void ended(TaskEvent.Ended end) {
                if (end.state() == TaskState.FAILED || end.state() == TaskState.TIMED_OUT) {
                    ErrorTable.send(context.response(), failure(end));
                    return;
                }
                tasks.find(end.taskId(), null)
                        .map(row -> {
                            if (row == null) {
                                throw ApiException.of(404, "The task's record was deleted.");
                            }
                            return records.write(row, address.of(context.request()));
                        })
                        .onFailure(context::fail)
                        .onSuccess(json -> {
                            if (!context.response().closed()) {
                                context.response()
                                        .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                                        .end(json);
                            }
                        });
            }
        });
    }

    /** Returns what a client that waits is told of a task that failed or timed out. */
    public static ApiError failure(TaskEvent.Ended end) {
        boolean late = end.state() == TaskState.TIMED_OUT;
        String sentence = end.error() != null ? end.error() : late ? "The task took too long." : "The task failed.";
        return new ApiError.OfTask(late ? 504 : 500, sentence, end.taskId());
    }
}
