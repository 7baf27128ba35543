package dev.darkroom.http;

import dev.darkroom.output.OutputStore;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes the files of tasks whose records are gone. Safe from any thread. */
public final class PictureFiles {

    private static final Logger LOG = LoggerFactory.getLogger(PictureFiles.class);

    private final Vertx vertx;
    private final OutputStore outputs;

    public PictureFiles(Vertx vertx, OutputStore outputs) {
        this.vertx = vertx;
        this.outputs = outputs;
    }

    /** Deletes what they name; never fails, since nobody could ask again: what can't be deleted stays, and is logged. */
    public Future<Void> delete(List<TaskResult> results) {
        return vertx.<Void>executeBlocking(
                        () -> {
                            results.forEach(this::delete);
                            return null;
                        },
                        false)
                .otherwiseEmpty();
    }

    private void delete(TaskResult result) {
        try {
            outputs.delete(result);
        } catch (IOException undeletable) {
            LOG.warn("Files of a deleted task stay: {}", undeletable.toString());
        }
    }
}
