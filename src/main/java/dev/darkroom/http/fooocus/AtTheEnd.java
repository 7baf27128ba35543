package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiError;
import dev.darkroom.http.ErrorTable;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import io.vertx.ext.web.RoutingContext;

/** Waits in silence for a task's end. */
public abstract class AtTheEnd implements TaskFollower.Reader {

    private final RoutingContext context;
    private final TaskId task;

    protected AtTheEnd(RoutingContext context, TaskId task) {
        this.context = context;
        this.task = task;
    }

    @Override
    public void told(TaskEvent event) {
        // only the end counts
    }

    @Override
    public void beat(long now) {
        // nothing can be sent before the end
    }

    @Override
    public void shutdown() {
        String sentence = "The server shuts down; the task goes on and can be found at /tasks/" + task + ".";
        ErrorTable.send(context.response(), new ApiError.OfTask(503, sentence, task));
    }
}
