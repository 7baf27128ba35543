package dev.darkroom.http.fooocus;

import dev.darkroom.bus.EventHub;
import dev.darkroom.bus.NewTask;
import dev.darkroom.http.AbandonedTasks;
import dev.darkroom.http.AccessLog;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.ApiKeyGuard;
import dev.darkroom.http.AuthConfig;
import dev.darkroom.http.Detail;
import dev.darkroom.http.HttpDesk;
import dev.darkroom.http.ModelDesk;
import dev.darkroom.http.Pulse;
import dev.darkroom.http.StreamLimit;
import dev.darkroom.http.TaskDesk;
import dev.darkroom.http.fooocus.GenerateRequest.Answer;
import dev.darkroom.task.TaskId;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Takes a request for images, keeps it as a task, and hands the exchange to the responder that was asked for. */
public final class GenerateRoute {

    private static final int LONGEST_KEY = 255;

    private final RequestSource source;
    private final ModelNames names;
    private final TaskDesk tasks;
    private final ModelDesk models;
    private final EventHub hub;
    private final Pulse pulse;
    private final RecordWriter records;
    private final AbandonedTasks abandoned;
    private final StreamLimit streams;
    private final TaskTerms terms;
    private final Map<Answer, Responder> responders;
    private final Function<TaskId, String> placeholder;

    /**
     * @param source reads this face's requests
     * @param names finds models
     * @param records writes and reads records
     * @param terms reads what requests say beside the picture
     * @param responders for every answer but the placeholder
     * @param placeholder makes the JSON that is sent at once
     */
    public GenerateRoute(
            HttpDesk desk,
            RequestSource source,
            ModelNames names,
            RecordWriter records,
            TaskTerms terms,
            Map<Answer, Responder> responders,
            Function<TaskId, String> placeholder) {
        this.source = source;
        this.names = names;
        this.tasks = desk.tasks();
        this.models = desk.models();
        this.hub = desk.hub();
        this.pulse = desk.pulse();
        this.records = records;
        this.abandoned = desk.abandoned();
        this.streams = desk.streams();
        this.terms = terms;
        this.responders = Map.copyOf(responders);
        this.placeholder = placeholder;
    }

    /** Answers one request. */
    public void handle(RoutingContext context) {
        String key = idempotencyKey(context.request().getHeader("Idempotency-Key"));
        TaskId task = TaskId.random();
        GenerateRequest request = source.read(context, task);
        AccessLog.prompt(context, request.prompt());
        AuthConfig.ApiKey caller = ApiKeyGuard.key(context);
        models.recentCatalogue()
                .map(catalogue -> names.resolve(request.model(), request.presetModel(), catalogue))
                // a model that was just added is not refused
                .recover(unknown -> models.catalogue()
                        .map(catalogue -> names.resolve(request.model(), request.presetModel(), catalogue)))
                .map(model -> new NewTask(
                        task,
                        request.kind(),
                        caller.name(),
                        caller.priority(),
                        model,
                        request.prompt(),
                        request.json(),
                        request.images(),
                        key,
                        terms.of(context, request, model, key != null)))
                .onFailure(context::fail)
                .onSuccess(kept -> {
                    if (request.answer() == Answer.PLACEHOLDER) {
                        submitAlone(context, kept);
                    } else {
                        submitAndFollow(context, request, kept);
                    }
                });
    }

    private void submitAlone(RoutingContext context, NewTask kept) {
        tasks.submit(kept).onFailure(context::fail).onSuccess(accepted -> {
            if (!context.response().closed()) {
                named(context.response(), accepted.taskId())
                        .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                        .end(placeholder.apply(accepted.taskId()));
            }
        });
    }

    private void submitAndFollow(RoutingContext context, GenerateRequest request, NewTask kept) {
        boolean stream = request.answer() == Answer.STREAM;
        if (stream) {
            try {
                streams.enter();
            } catch (ApiException full) {
                context.fail(full);
                return;
            }
        }
        // before the task exists, so that no event of it is missed
        TaskFollower first = follow(kept.taskId());
        tasks.submit(kept)
                .onFailure(failure -> {
                    first.close();
                    if (stream) {
                        streams.leave();
                    }
                    context.fail(failure);
                })
                .onSuccess(accepted -> {
                    boolean own = accepted.taskId().equals(kept.taskId());
                    TaskFollower follower = own ? first : follow(accepted.taskId());
                    if (!own) {
                        first.close();
                    }
                    answer(context, request, follower, own);
                });
    }

    private TaskFollower follow(TaskId task) {
        return new TaskFollower(task, hub, tasks, pulse, records);
    }

    private void answer(RoutingContext context, GenerateRequest request, TaskFollower follower, boolean own) {
        HttpServerResponse response = context.response();
        if (response.closed()) {
            if (request.answer() == Answer.STREAM) {
                streams.leave();
            }
            left(follower, own);
            return;
        }
        context.addEndHandler(end -> {
            if (end.failed()) {
                left(follower, own);
            }
        });
        abandoned.cameBack(follower.task());
        named(response, follower.task());
        responders.get(request.answer()).respond(context, request, follower);
        if (!own) {
            follower.lookNow();
        }
    }

    /** A repeated request's task is bound to the connection of the first one. */
    private void left(TaskFollower follower, boolean own) {
        if (follower.close() && own) {
            abandoned.left(follower.task());
        }
    }

    private static HttpServerResponse named(HttpServerResponse response, TaskId task) {
        return response.putHeader("X-Task-Id", task.hex());
    }

    private static @Nullable String idempotencyKey(@Nullable String key) {
        if (key != null && (key.isBlank() || key.length() > LONGEST_KEY)) {
            List<Object> location = List.of("header", "Idempotency-Key");
            String sentence = "expected 1 to %d characters".formatted(LONGEST_KEY);
            throw ApiException.invalid(List.of(Detail.valueError(location, sentence, key)));
        }
        return key;
    }
}
