package dev.darkroom.http;

import dev.darkroom.bus.BusFailure;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place that turns whatever went wrong into an answer. Defects go to the log whole, to clients never. */
public final class ErrorTable {

    private static final Logger LOG = LoggerFactory.getLogger(ErrorTable.class);

    static final String TOO_LARGE = "The request body is larger than http.body-limit.";

    private static final long CUT_OFF_MS = 1000;

    /** 200 is what a body handler fails with when its client leaves. */
    private static final int[] ROUTER_STATUSES = {200, 400, 403, 404, 405, 406, 413, 415, 500, 501};

    /** Makes every refusal of {@code router} one of ours. */
    void attach(Router router) {
        for (int status : ROUTER_STATUSES) {
            router.errorHandler(status, this::answer);
        }
    }

    /** Returns the answer for {@code failure}; a defect is logged. */
    public ApiError of(Throwable failure) {
        if (failure instanceof ApiException expected) {
            return expected.error();
        }
        if (failure instanceof ReplyException reply) {
            return ofReply(reply);
        }
        if (failure instanceof HttpException http && http.getStatusCode() < 500) {
            return ofStatus(http.getStatusCode());
        }
        LOG.error("A request met a defect", failure);
        return ofStatus(500);
    }

    /** Sends the answer for {@code failure}, unless one has begun or the client is gone. */
    public void send(HttpServerResponse response, Throwable failure) {
        send(response, of(failure));
    }

    /**
     * Sends {@code error} to a request that is perhaps still arriving. What is too large is taken for a moment more, so
     * that the client gets to read the answer, and then cut off.
     */
    public static void refuse(RoutingContext context, ApiError error) {
        send(context.response(), error);
        if (error.status() == 413) {
            context.vertx()
                    .setTimer(CUT_OFF_MS, late -> context.request().connection().close());
        }
    }

    /** Sends {@code error}, unless an answer has begun or the client is gone. */
    public static void send(HttpServerResponse response, ApiError error) {
        if (response.headWritten() || response.closed()) {
            return;
        }
        response.setStatusCode(error.status()).putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json");
        if (error instanceof ApiError.Later later) {
            response.putHeader(HttpHeaderNames.RETRY_AFTER, Integer.toString(later.retryAfterSeconds()));
        }
        if (error.status() == 413) {
            // the rest of the body is not read, so the connection can't serve another request
            response.putHeader(HttpHeaderNames.CONNECTION, "close");
        }
        response.end(Buffer.buffer(Json.encode(error.body())));
    }

    private void answer(RoutingContext context) {
        @Nullable Throwable failure = context.failure();
        if (failure instanceof HttpClosedException) {
            // the client left in the middle of its request
            return;
        }
        if (failure instanceof VertxException && context.request().authority() == null) {
            // the router needs the Host header, and says so with a defect of its own
            send(context.response(), ofStatus(400));
            return;
        }
        boolean ownStatus = failure == null || failure instanceof HttpException;
        // a path that can't be decoded comes without a status
        int status = context.statusCode() < 400 ? 400 : context.statusCode();
        refuse(context, ownStatus ? ofStatus(status) : of(failure));
    }

    private static ApiError ofReply(ReplyException reply) {
        BusFailure failure = switch (reply.failureType()) {
            case RECIPIENT_FAILURE -> BusFailure.ofCode(reply.failureCode());
            case TIMEOUT, NO_HANDLERS, ERROR -> BusFailure.STORE_UNAVAILABLE;
        };
        return switch (failure) {
            case QUEUE_FULL -> new ApiError.Later(429, sentence(reply, "The queue is full."), 5);
            case STORE_UNAVAILABLE -> new ApiError.Later(503, "The database or the model room does not answer.", 2);
            case INVALID, KEY_REUSED -> new ApiError.Plain(400, sentence(reply, "That can't be."));
            case INTERNAL -> {
                LOG.error("The event bus answered with a defect", reply);
                yield ofStatus(500);
            }
        };
    }

    private static String sentence(ReplyException reply, String fallback) {
        return reply.getMessage() == null || reply.getMessage().isBlank() ? fallback : reply.getMessage();
    }

    private static ApiError ofStatus(int status) {
        return new ApiError.Plain(
                status,
                switch (status) {
                    case 400 -> "Bad Request";
                    case 403 -> "Forbidden";
                    case 404 -> "Not Found";
                    case 405 -> "Method Not Allowed";
                    case 406 -> "Not Acceptable";
                    case 413 -> TOO_LARGE;
                    case 415 -> "Unsupported Media Type";
                    case 501 -> "Not Implemented";
                    default -> "Internal Server Error";
                });
    }
}
