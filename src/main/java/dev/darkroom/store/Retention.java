package dev.darkroom.store;

import dev.darkroom.output.OutputStore;
import dev.darkroom.store.RetentionBatches.Batch;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes ended tasks and images that are too old or too many, some hundred at a time, one node at a time. Files go
 * before the rows that name them, within the transaction that deletes those: whoever dies in between leaves rows that
 * the next look finds again, and never a file that nothing names. A task whose webhook is still to be sent stays until
 * it is. What was deleted costs the tables nothing that others wait for. For one event loop.
 */
final class Retention {

    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private static final String SETTLED =
            " AND NOT EXISTS (SELECT FROM webhook AS w WHERE w.task = task.id AND w.due IS NOT NULL)";
    /** Who ended long ago came longer ago, and times of submission have an index. */
    private static final String OLD =
            "SELECT id, result::text FROM task WHERE submitted < now() - make_interval(secs => $1)"
                    + " AND finished < now() - make_interval(secs => $1)" + SETTLED
                    + " ORDER BY submitted, id LIMIT $2";

    private static final String BEYOND = "SELECT id, result::text FROM task WHERE finished IS NOT NULL AND id <= $1"
            + SETTLED + " ORDER BY id LIMIT $2";
    private static final String DELETE = "DELETE FROM task WHERE id = ANY ($1)";

    private final Vertx vertx;
    private final RetentionBatches batches;
    private final RetentionConfig config;
    private final OutputStore outputs;
    private final ImageRetention images;

    Retention(Vertx vertx, Pool pool, RetentionConfig config, OutputStore outputs) {
        this.vertx = vertx;
        this.batches = new RetentionBatches(vertx, pool);
        this.config = config;
        this.outputs = outputs;
        this.images = new ImageRetention(batches, config, this::files);
    }

    /**
     * Deletes what is to go now.
     *
     * @return how many tasks were deleted or lost their images; 0 if another node is at it
     */
    Future<Long> sweep() {
        return history()
                .compose(tasks -> images.sweep().map(stripped -> {
                    if (tasks + stripped > 0) {
                        LOG.info("{} old tasks were deleted, and the images of {} more", tasks, stripped);
                    }
                    return tasks + stripped;
                }));
    }

    private Future<Long> history() {
        Future<Long> old = config.historyAge().isZero()
                ? Future.succeededFuture(0L)
                : batches.run(connection -> delete(connection, OLD, seconds(config.historyAge())));
        return old.compose(before -> batches.boundary(config.historyCount())
                .compose(boundary -> boundary == 0
                        ? Future.succeededFuture(before)
                        : batches.run(connection -> delete(connection, BEYOND, boundary))
                                .map(beyond -> before + beyond)));
    }

    private Future<Batch> delete(SqlConnection connection, String statement, Object bound) {
        return connection
                .preparedQuery(statement)
                .execute(Tuple.of(bound, (long) RetentionBatches.MOST))
                .compose(rows -> {
                    List<Long> ids = new ArrayList<>(rows.size());
                    List<TaskResult> results = new ArrayList<>();
                    for (Row row : rows) {
                        ids.add(row.getLong(0));
                        results.add(TaskRows.result(row.getString(1)));
                    }
                    return ids.isEmpty() ? Future.succeededFuture(new Batch(0, 0)) : delete(connection, ids, results);
                });
    }

    private Future<Batch> delete(SqlConnection connection, List<Long> ids, List<TaskResult> results) {
        Long[] gone = ids.toArray(Long[]::new);
        return files(results)
                .compose(deleted -> connection.query(HistoryTally.LOCK).execute())
                .compose(locked -> connection.preparedQuery(DELETE).execute(Tuple.of((Object) gone)))
                .compose(deleted -> HistoryTally.reopen(connection, gone))
                .map(new Batch(ids.size(), ids.size()));
    }

    private Future<Void> files(List<TaskResult> results) {
        return vertx.executeBlocking(
                () -> {
                    for (TaskResult result : results) {
                        delete(result);
                    }
                    return null;
                },
                false);
    }

    private void delete(TaskResult result) throws IOException {
        if (!result.images().isEmpty()) {
            outputs.delete(result);
        }
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
