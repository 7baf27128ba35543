package dev.darkroom.http;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections on which no whole request arrives in time, so that clients which send half a request, or none, can't
 * use up the server's sockets. A client that waits for its answer may wait for ever. For one event loop.
 */
final class ConnectionPatience implements Pulse.Beat {

    private final Map<HttpConnection, Reception> connections = new IdentityHashMap<>();
    private final long limitMs;

    /** What arrived last on one connection. */
    private static final class Reception {
        private @Nullable HttpServerRequest request;
        private boolean idle = true;
        private long since = Pulse.now();

        void begins(HttpServerRequest next) {
            request = next;
            idle = false;
            since = Pulse.now();
        }

        /** Tells since when a request is awaited or being received, or -1 while an answer is due. */
        long awaitsSince(long now) {
            HttpServerRequest last = request;
            if (!idle && last != null && last.isEnded()) {
                if (!last.response().ended()) {
                    return -1;
                }
                idle = true;
                since = now;
            }
            return since;
        }
    }

    ConnectionPatience(Duration limit) {
        limitMs = limit.toMillis();
    }

    /** Begins to watch a connection that was just opened. */
    void opened(HttpConnection connection) {
        connections.put(connection, new Reception());
        connection.closeHandler(closed -> connections.remove(connection));
    }

    /** Notes that a request's head has arrived. */
    void begins(HttpServerRequest request) {
        Reception reception = connections.get(request.connection());
        if (reception != null) {
            reception.begins(request);
        }
    }

    @Override
    public void beat(long now) {
        for (Map.Entry<HttpConnection, Reception> each : new ArrayList<>(connections.entrySet())) {
            long since = each.getValue().awaitsSince(now);
            if (since >= 0 && now - since > limitMs) {
                close(each.getKey(), each.getValue());
            }
        }
    }

    private static void close(HttpConnection connection, Reception reception) {
        HttpServerRequest request = reception.request;
        if (reception.idle || request == null) {
            connection.close();
            return;
        }
        HttpServerResponse response = request.response();
        ErrorTable.send(response, new ApiError.Plain(408, "The request did not arrive in time."));
        connection.close();
    }

    @Override
    public void shutdown() {
        // connections are closed by the server
    }
}
