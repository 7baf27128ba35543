package dev.darkroom.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;

/** An API's view of Darkroom: it only translates. */
public interface Face {

    /** Returns the whole contract as JSON, as it is published. */
    Buffer published();

    /** Tells whether answers of some length are sent in gzip to who takes it. */
    default boolean compresses() {
        return false;
    }

    /** Builds the routes of one event loop, files and the first page among them. */
    Router router(Vertx vertx, HttpDesk desk);
}
