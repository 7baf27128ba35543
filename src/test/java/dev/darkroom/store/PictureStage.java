package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.OutputFolder;
import dev.darkroom.output.PictureRegistry;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.TaskId;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** One node's folder of pictures, and its table. */
final class PictureStage {

    final OutputFolder outputs;
    final KeptCopies folder;
    final PictureTable table;

    PictureStage(Vertx vertx, PgConnectOptions database, Path root) throws Exception {
        outputs = OutputFolder.open(root);
        folder = new KeptCopies(outputs);
        table = new PictureTable(vertx, database, folder.place());
    }

    Neighbours neighbours(Duration lostAfter) {
        return new Neighbours(table.places(), folder, "http://127.0.0.1:1", lostAfter);
    }

    /** Has a task's picture made here. */
    void make(String path) throws Exception {
        folder.keep(path, path.getBytes(StandardCharsets.UTF_8), 0);
        PictureRegistry registry = table;
        registry.reserve(path, new Attempt(TaskId.random(), 1));
        registry.keep(List.of(path));
    }
}
