package dev.darkroom.http.legacy;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.TaskDesk;
import dev.darkroom.http.fooocus.AtTheEnd;
import dev.darkroom.http.fooocus.GenerateRequest;
import dev.darkroom.http.fooocus.Responder;
import dev.darkroom.http.fooocus.TaskFollower;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/** Answers with the array of results when the job is done. Of a job that failed the status says so too. */
final class ResultsResponder implements Responder {

    private final TaskDesk tasks;
    private final Jobs jobs;
    private final PublicAddress address;

    ResultsResponder(TaskDesk tasks, Jobs jobs, PublicAddress address) {
        this.tasks = tasks;
        this.jobs = jobs;
        this.address = address;
    }

    @Override
    public void respond(RoutingContext context, GenerateRequest request, TaskFollower follower) {
        follower.begin(new AtTheEnd(context, follower.task()) {
            @Override
            public void ended(TaskEvent.Ended end) {
                tasks.find(end.taskId(), null)
                        .compose(row -> {
                            if (row == null) {
                                throw ApiException.of(404, "The job's record was deleted.");
                            }
                            return jobs.results(row, address.of(context.request()));
                        })
                        .onFailure(context::fail)
                        .onSuccess(results -> send(context, end.state(), results));
            }
        });
    }

    private static void send(RoutingContext context, TaskState state, List<Map<String, Object>> results) {
        if (!context.response().closed()) {
            boolean failed = state == TaskState.FAILED || state == TaskState.TIMED_OUT;
            context.response()
                    .setStatusCode(failed ? 500 : 200)
                    .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                    .end(Json.encode(results));
        }
    }
}
