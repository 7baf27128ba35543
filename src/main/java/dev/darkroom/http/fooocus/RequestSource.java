package dev.darkroom.http.fooocus;

import dev.darkroom.task.TaskId;
import io.vertx.ext.web.RoutingContext;

/** Reads a face's requests for images. */
public interface RequestSource {

    /**
     * Reads headers and body.
     *
     * @param task the id that the task will have
     * @throws dev.darkroom.http.ApiException 422 with every mistake
     */
    GenerateRequest read(RoutingContext context, TaskId task);
}
