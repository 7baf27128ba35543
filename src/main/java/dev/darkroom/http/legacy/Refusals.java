package dev.darkroom.http.legacy;

import dev.darkroom.http.ApiError;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.ErrorTable;
import dev.darkroom.http.Form;
import dev.darkroom.http.FormHandler;
import dev.darkroom.http.JsonBody;
import dev.darkroom.http.fooocus.GenerateRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says no in the older API's words: a 422 repeats what was sent, and a full queue is a result, or 409 for who wants the
 * bytes. What is left goes to the server's own table.
 */
final class Refusals {

    /** What is longer, such as pictures, is not sent back. */
    private static final int LONGEST_ECHO = 10_000;

    private final ErrorTable errors = new ErrorTable();

    void handle(RoutingContext context) {
        @Nullable Throwable failure = context.failure();
        HttpServerResponse response = context.response();
        if (failure == null || response.headWritten() || response.closed()) {
            context.next();
            return;
        }
        ApiError error = errors.of(failure);
        GenerateRequest request = LegacyReader.request(context);
        if (error instanceof ApiError.Invalid invalid) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("detail", invalid.details());
            body.put("body", echo(context));
            json(response.setStatusCode(422), body);
        } else if (error instanceof ApiError.Later later && later.status() == 429 && request != null) {
            response.putHeader(HttpHeaderNames.RETRY_AFTER, Integer.toString(later.retryAfterSeconds()));
            full(response, request);
        } else {
            ErrorTable.refuse(context, error);
        }
    }

    private static void full(HttpServerResponse response, GenerateRequest request) {
        switch (request.answer()) {
            case IMAGE ->
                response.setStatusCode(409)
                        .putHeader(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                        .end("QUEUE_IS_FULL");
            case PLACEHOLDER -> json(response.setStatusCode(200), Jobs.refused(request.kind()));
            default -> json(response.setStatusCode(200), List.of(Jobs.result(null, null, "", "QUEUE_IS_FULL")));
        }
    }

    private static @Nullable Object echo(RoutingContext context) {
        Form form = FormHandler.form(context);
        if (form != null) {
            Map<String, Object> texts = new LinkedHashMap<>();
            form.texts().forEach((name, values) -> {
                if (values.get(0).length() <= LONGEST_ECHO) {
                    texts.put(name, values.get(0));
                }
            });
            return texts;
        }
        @Nullable Buffer body = context.body() == null ? null : context.body().buffer();
        if (body == null || body.length() > LONGEST_ECHO) {
            return null;
        }
        try {
            return JsonBody.parse(null, body);
        } catch (ApiException noJson) {
            return body.toString();
        }
    }

    private static void json(HttpServerResponse response, Object body) {
        response.putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json").end(Json.encode(body));
    }
}
