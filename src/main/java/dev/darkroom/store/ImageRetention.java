package dev.darkroom.store;

import dev.darkroom.store.RetentionBatches.Batch;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Deletes old tasks' images and leaves their records. It goes over the tasks once, in the order of their ids, so that
 * those whose images went need no index to be told from others; a task that it meets before its time, because it waits,
 * runs or ended late, is put on a short list and looked at again. For one event loop.
 */
final class ImageRetention {

    private static final String DOOMED =
            "finished IS NOT NULL AND (id <= $1 OR ($2::float8 > 0 AND finished < now() - make_interval(secs => $2)))";

    /** A task that came after the bound can't have ended before it. */
    private static final String PASSED =
            "id <= $1 OR ($2::float8 > 0 AND submitted < now() - make_interval(secs => $2))";

    private static final String LEFT =
            "SELECT id, result::text FROM retention_left AS l JOIN task AS t ON t.id = l.task WHERE " + DOOMED
                    + " ORDER BY id LIMIT $3";
    private static final String MARK = "SELECT images_done FROM retention FOR UPDATE";
    private static final String NEXT =
            "SELECT id, result::text, " + DOOMED + ", " + PASSED + " FROM task WHERE id > $4 ORDER BY id LIMIT $3";
    private static final String STRIP = "UPDATE task SET result = changed.result::json"
            + " FROM unnest($1::bigint[], $2::text[]) AS changed (id, result) WHERE task.id = changed.id";
    private static final String LEAVE = "INSERT INTO retention_left SELECT unnest($1::bigint[])";
    private static final String STRIKE = "DELETE FROM retention_left WHERE task = ANY ($1)";
    private static final String MOVE_MARK = "UPDATE retention SET images_done = $1";
    private static final String NOTE = "The images were deleted, as the server keeps them for a limited time.";

    private final RetentionBatches batches;
    private final RetentionConfig config;
    private final Function<List<TaskResult>, Future<Void>> files;

    /** @param files deletes results' files */
    ImageRetention(RetentionBatches batches, RetentionConfig config, Function<List<TaskResult>, Future<Void>> files) {
        this.batches = batches;
        this.config = config;
        this.files = files;
    }

    /** Returns how many tasks lost their images. */
    Future<Long> sweep() {
        if (!config.boundsImages()) {
            return Future.succeededFuture(0L);
        }
        return batches.boundary(config.imagesCount())
                .compose(last -> batches.run(connection -> left(connection, last))
                        .compose(before -> batches.run(connection -> next(connection, last))
                                .map(more -> before + more)));
    }

    private double age() {
        return config.imagesAge().toMillis() / 1000.0;
    }

    /** Those on the list whose time has come. */
    private Future<Batch> left(SqlConnection connection, long boundary) {
        return connection
                .preparedQuery(LEFT)
                .execute(Tuple.of(boundary, age(), (long) RetentionBatches.MOST))
                .compose(rows -> {
                    Doomed doomed = new Doomed();
                    List<Long> ids = new ArrayList<>();
                    for (Row row : rows) {
                        ids.add(row.getLong(0));
                        doomed.add(row);
                    }
                    return ids.isEmpty()
                            ? Future.succeededFuture(new Batch(0, 0))
                            : strip(connection, doomed)
                                    .compose(stripped ->
                                            connection.preparedQuery(STRIKE).execute(array(ids)))
                                    .map(new Batch(ids.size(), doomed.ids.size()));
                });
    }

    /** Those behind the mark, up to the first that came after the bound. */
    private Future<Batch> next(SqlConnection connection, long boundary) {
        return connection
                .query(MARK)
                .execute()
                .compose(mark -> connection
                        .preparedQuery(NEXT)
                        .execute(Tuple.of(
                                boundary,
                                age(),
                                (long) RetentionBatches.MOST,
                                mark.iterator().next().getLong(0))))
                .compose(rows -> next(connection, rows));
    }

    private Future<Batch> next(SqlConnection connection, RowSet<Row> rows) {
        Doomed doomed = new Doomed();
        List<Long> left = new ArrayList<>();
        int looked = 0;
        long last = 0;
        for (Row row : rows) {
            boolean passed = row.getBoolean(3);
            if (!passed) {
                break;
            }
            looked++;
            last = row.getLong(0);
            boolean goes = row.getBoolean(2);
            if (goes) {
                doomed.add(row);
            } else {
                left.add(last);
            }
        }
        if (looked == 0) {
            return Future.succeededFuture(new Batch(0, 0));
        }
        Batch done = new Batch(looked, doomed.ids.size());
        long mark = last;
        return strip(connection, doomed)
                .compose(stripped -> left.isEmpty()
                        ? Future.succeededFuture()
                        : connection.preparedQuery(LEAVE).execute(array(left)))
                .compose(kept -> connection.preparedQuery(MOVE_MARK).execute(Tuple.of(mark)))
                .map(done);
    }

    private Future<?> strip(SqlConnection connection, Doomed doomed) {
        return doomed.ids.isEmpty()
                ? Future.succeededFuture()
                : files.apply(doomed.results)
                        .compose(deleted -> connection.preparedQuery(STRIP).execute(doomed.parameters()));
    }

    private static Tuple array(List<Long> ids) {
        return Tuple.of((Object) ids.toArray(Long[]::new));
    }

    /** Tasks whose images go, without those that have none. */
    private static final class Doomed {
        private final List<Long> ids = new ArrayList<>();
        private final List<TaskResult> results = new ArrayList<>();
        private final List<String> stripped = new ArrayList<>();

        void add(Row row) {
            TaskResult result = TaskRows.result(row.getString(1));
            if (!result.images().isEmpty()) {
                ids.add(row.getLong(0));
                results.add(result);
                List<String> notes = new ArrayList<>(result.notes());
                notes.add(NOTE);
                stripped.add(TaskRows.json(new TaskResult(List.of(), notes)));
            }
        }

        Tuple parameters() {
            return Tuple.of(ids.toArray(Long[]::new), (Object) stripped.toArray(String[]::new));
        }
    }
}
