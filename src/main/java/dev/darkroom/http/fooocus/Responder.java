package dev.darkroom.http.fooocus;

import io.vertx.ext.web.RoutingContext;

/** Answers a request for images that has been accepted, in one way. */
public interface Responder {

    /**
     * Takes over the exchange.
     *
     * @param follower listens to the task already; to be begun here
     */
    void respond(RoutingContext context, GenerateRequest request, TaskFollower follower);
}
