package dev.darkroom.store;

import dev.darkroom.output.OutputStore;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
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

    /** Names the advisory lock of whoever sweeps. */
    private static final String LOCK = "SELECT pg_try_advisory_xact_lock(7310868735423606885)";

    static final int BATCH = 500;

    private static final String SETTLED =
            " AND NOT EXISTS (SELECT FROM webhook AS w WHERE w.task = task.id AND w.due IS NOT NULL)";
    /** Who ended long ago came longer ago, and times of submission have an index. */
    private static final String OLD =
            "SELECT id, result::text FROM task WHERE submitted < now() - make_interval(secs => $1)"
                    + " AND finished < now() - make_interval(secs => $1)" + SETTLED
                    + " ORDER BY submitted, id LIMIT $2";

    private static final String BEYOND = "SELECT id, result::text FROM task WHERE finished IS NOT NULL AND id <= $1"
            + SETTLED + " ORDER BY id LIMIT $2";
    private static final String BOUNDARY =
            "SELECT id FROM task WHERE finished IS NOT NULL ORDER BY id DESC OFFSET $1 LIMIT 1";
    private static final String DELETE = "DELETE FROM task WHERE id = ANY ($1)";

    private static final String MARK = "SELECT images_done FROM retention FOR UPDATE";
    private static final String NEXT = """
            SELECT id, result::text,
                   finished IS NOT NULL AND (id <= $2 OR ($3::float8 > 0 AND finished < now() - make_interval(secs => $3)))
            FROM task WHERE id > $1 ORDER BY id LIMIT $4""";
    private static final String STRIP = "UPDATE task SET result = changed.result::json"
            + " FROM unnest($1::bigint[], $2::text[]) AS changed (id, result) WHERE task.id = changed.id";
    private static final String MOVE_MARK = "UPDATE retention SET images_done = $1";
    private static final String NOTE = "The images were deleted, as the server keeps them for a limited time.";

    private final Vertx vertx;
    private final Pool pool;
    private final RetentionConfig config;
    private final OutputStore outputs;

    Retention(Vertx vertx, Pool pool, RetentionConfig config, OutputStore outputs) {
        this.vertx = vertx;
        this.pool = pool;
        this.config = config;
        this.outputs = outputs;
    }

    /**
     * Deletes what is to go now.
     *
     * @return how many tasks were deleted or lost their images; 0 if another node is at it
     */
    Future<Long> sweep() {
        return history()
                .compose(tasks -> images().map(images -> {
                    if (tasks + images > 0) {
                        LOG.info("{} old tasks were deleted, and the images of {} more", tasks, images);
                    }
                    return tasks + images;
                }));
    }

    private Future<Long> history() {
        Future<Long> old = config.historyAge().isZero()
                ? Future.succeededFuture(0L)
                : batches(0, connection -> delete(connection, OLD, seconds(config.historyAge())));
        return config.historyCount() == 0
                ? old
                : old.compose(before -> boundary(config.historyCount())
                        .compose(boundary -> boundary == 0
                                ? Future.succeededFuture(before)
                                : batches(before, connection -> delete(connection, BEYOND, boundary))));
    }

    /** Returns the id of the latest task that is beyond {@code count}, or 0. */
    private Future<Long> boundary(int count) {
        return pool.preparedQuery(BOUNDARY)
                .execute(Tuple.of((long) count))
                .map(rows -> rows.size() == 0 ? 0 : rows.iterator().next().getLong(0));
    }

    /** Works in transactions of their own until one finds less than a batch, and rests after each as long as it took. */
    private Future<Long> batches(long before, Function<SqlConnection, Future<Integer>> batch) {
        long begin = System.nanoTime();
        return pool.withTransaction(connection -> connection
                        .query(LOCK)
                        .execute()
                        .compose(rows -> rows.iterator().next().getBoolean(0)
                                ? batch.apply(connection)
                                : Future.succeededFuture(0)))
                .compose(done -> {
                    long total = before + done;
                    if (done < BATCH) {
                        return Future.succeededFuture(total);
                    }
                    long rest = Math.max(1, (System.nanoTime() - begin) / 1_000_000);
                    return vertx.timer(rest).compose(rested -> batches(total, batch));
                });
    }

    private Future<Integer> delete(SqlConnection connection, String statement, Object bound) {
        return connection
                .preparedQuery(statement)
                .execute(Tuple.of(bound, (long) BATCH))
                .compose(rows -> {
                    List<Long> ids = new ArrayList<>(rows.size());
                    List<TaskResult> results = new ArrayList<>();
                    for (Row row : rows) {
                        ids.add(row.getLong(0));
                        results.add(TaskRows.result(row.getString(1)));
                    }
                    return ids.isEmpty() ? Future.succeededFuture(0) : delete(connection, ids, results);
                });
    }

    private Future<Integer> delete(SqlConnection connection, List<Long> ids, List<TaskResult> results) {
        Long[] gone = ids.toArray(Long[]::new);
        return files(results)
                .compose(deleted -> connection.query(HistoryTally.LOCK).execute())
                .compose(locked -> connection.preparedQuery(DELETE).execute(Tuple.of((Object) gone)))
                .compose(deleted -> HistoryTally.reopen(connection, gone))
                .map(ids.size());
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

    private Future<Long> images() {
        if (!config.boundsImages()) {
            return Future.succeededFuture(0L);
        }
        Future<Long> boundary = config.imagesCount() == 0 ? Future.succeededFuture(0L) : boundary(config.imagesCount());
        return boundary.compose(last -> batches(0, connection -> strip(connection, last)));
    }

    /**
     * Goes on from the last task whose images went, up to the first that has not ended or is not old: tasks are looked
     * at once, and those whose images went need no index to be told from others.
     */
    private Future<Integer> strip(SqlConnection connection, long boundary) {
        return connection
                .query(MARK)
                .execute()
                .compose(mark -> connection
                        .preparedQuery(NEXT)
                        .execute(Tuple.of(
                                mark.iterator().next().getLong(0), boundary, seconds(config.imagesAge()), (long)
                                        BATCH)))
                .compose(rows -> strip(connection, rows));
    }

    private Future<Integer> strip(SqlConnection connection, RowSet<Row> rows) {
        List<Long> ids = new ArrayList<>();
        List<String> stripped = new ArrayList<>();
        List<TaskResult> results = new ArrayList<>();
        int looked = 0;
        long last = 0;
        for (Row row : rows) {
            if (!row.getBoolean(2)) {
                break;
            }
            looked++;
            last = row.getLong(0);
            TaskResult result = TaskRows.result(row.getString(1));
            if (!result.images().isEmpty()) {
                ids.add(last);
                results.add(result);
                stripped.add(TaskRows.json(stripped(result)));
            }
        }
        if (looked == 0) {
            return Future.succeededFuture(0);
        }
        int all = looked;
        long mark = last;
        return files(results)
                .compose(deleted -> connection.preparedQuery(STRIP).execute(Tuple.of(ids.toArray(Long[]::new), (Object)
                        stripped.toArray(String[]::new))))
                .compose(changed -> connection.preparedQuery(MOVE_MARK).execute(Tuple.of(mark)))
                .map(all);
    }

    private static TaskResult stripped(TaskResult result) {
        List<String> notes = new ArrayList<>(result.notes());
        notes.add(NOTE);
        return new TaskResult(List.of(), notes);
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
