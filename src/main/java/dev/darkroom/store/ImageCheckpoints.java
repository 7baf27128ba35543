package dev.darkroom.store;

import dev.darkroom.bus.StoreMessage.Checkpoint;
import dev.darkroom.bus.StoreMessage.Checkpoints;
import dev.darkroom.bus.StoreMessage.ImageCheckpoint;
import dev.darkroom.bus.StoreMessage.Resume;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * How far the images of long tasks have come. Only who holds a task's lease writes and reads them; they go with the
 * task's end. For one event loop.
 */
final class ImageCheckpoints {

    private static final String HELD =
            "SELECT id FROM task WHERE task_id = $1 AND attempt = $2 AND state = 'running' FOR NO KEY UPDATE";

    private static final String KEEP = """
            WITH held AS (%s), marked AS (
                UPDATE task SET checkpointed = true FROM held WHERE task.id = held.id AND NOT task.checkpointed
            )
            INSERT INTO checkpoint (task, image, attempt, step, state, input)
            SELECT id, $3, $2, $4, $5, $6 FROM held
            ON CONFLICT (task, image) DO UPDATE
            SET attempt = excluded.attempt, step = excluded.step, state = excluded.state, input = excluded.input\
            """.formatted(HELD);

    private static final String ADVANCE = """
            WITH held AS (%s)
            UPDATE checkpoint SET attempt = $2, step = $4, state = $5
            FROM held WHERE checkpoint.task = held.id AND checkpoint.image = $3""".formatted(HELD);

    private static final String FIND = """
            SELECT image, step, checkpoint.state, input FROM checkpoint JOIN task ON task.id = checkpoint.task
            WHERE task_id = $1 AND task.attempt = $2 AND task.state = 'running' ORDER BY image""";

    private final Pool pool;

    ImageCheckpoints(Pool pool) {
        this.pool = pool;
    }

    /** Keeps them one by one; each is whole or not there. */
    Future<Boolean> keep(Checkpoint message) {
        Future<Boolean> kept = Future.succeededFuture(true);
        for (ImageCheckpoint image : message.images()) {
            kept = kept.compose(before -> before ? keep(message, image) : Future.succeededFuture(false));
        }
        return kept;
    }

    private Future<Boolean> keep(Checkpoint message, ImageCheckpoint image) {
        byte[] input = image.input();
        Tuple fields = Tuple.of(
                message.taskId().uuid(), message.attempt(), image.image(), image.step(), Buffer.buffer(image.state()));
        if (input != null) {
            fields.addBuffer(Buffer.buffer(input));
        }
        return pool.preparedQuery(input == null ? ADVANCE : KEEP)
                .execute(fields)
                .map(rows -> rows.rowCount() == 1);
    }

    Future<Checkpoints> find(Resume message) {
        return pool.preparedQuery(FIND)
                .execute(Tuple.of(message.taskId().uuid(), message.attempt()))
                .map(rows -> {
                    List<ImageCheckpoint> images = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        images.add(new ImageCheckpoint(
                                row.getInteger(0),
                                row.getInteger(1),
                                row.getBuffer(2).getBytes(),
                                row.getBuffer(3).getBytes()));
                    }
                    return new Checkpoints(images);
                });
    }
}
