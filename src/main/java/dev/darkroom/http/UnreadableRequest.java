package dev.darkroom.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.Json;

/** Answers what is not HTTP, which no route ever sees; the connection can't serve another request after that. */
final class UnreadableRequest {

    private UnreadableRequest() {}

    static void answer(HttpServerRequest request) {
        Throwable cause = request.decoderResult().cause();
        ApiError error = new ApiError.Plain(400, "This is not an HTTP/1.1 request.");
        if (cause instanceof TooLongHttpLineException) {
            error = new ApiError.Plain(414, "The request line is too long.");
        } else if (cause instanceof TooLongHttpHeaderException) {
            error = new ApiError.Plain(
                    431, "The request's headers are longer than %d bytes.".formatted(HttpVerticle.MOST_HEADER_BYTES));
        }
        request.response()
                .setStatusCode(error.status())
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaderNames.CONNECTION, "close")
                .end(Buffer.buffer(Json.encode(error.body())))
                .onComplete(sent -> request.connection().close());
    }
}
