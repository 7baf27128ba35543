package dev.darkroom.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.function.Function;

/** Cuts a sweep into transactions that nobody has to wait for, of one node at a time. For one event loop. */
final class RetentionBatches {

    /** Rows that a transaction looks at, at most. */
    static final int MOST = 500;

    /** Names the advisory lock of whoever sweeps; claims and the tally have locks of their own. */
    static final long LOCK = 7310868735423606886L;

    private static final String TAKE = "SELECT pg_try_advisory_xact_lock(%d)".formatted(LOCK);
    private static final String BOUNDARY =
            "SELECT id FROM task WHERE finished IS NOT NULL ORDER BY id DESC OFFSET $1 LIMIT 1";
    private static final Batch NONE = new Batch(0, 0);

    private final Vertx vertx;
    private final Pool pool;

    /**
     * What a transaction did.
     *
     * @param looked rows that were looked at; with {@link #MOST} of them there may be more
     * @param changed tasks that lost something
     */
    record Batch(int looked, int changed) {}

    RetentionBatches(Vertx vertx, Pool pool) {
        this.vertx = vertx;
        this.pool = pool;
    }

    /** Returns the id of the latest ended task that is beyond {@code count}, or 0; also 0 without a count. */
    Future<Long> boundary(int count) {
        return count == 0
                ? Future.succeededFuture(0L)
                : pool.preparedQuery(BOUNDARY)
                        .execute(Tuple.of((long) count))
                        .map(rows ->
                                rows.size() == 0 ? 0 : rows.iterator().next().getLong(0));
    }

    /**
     * Works in transactions of their own until one finds less than it may look at, and rests after each as long as it
     * took. While another node is at it, nothing is done.
     *
     * @return how many tasks were changed
     */
    Future<Long> run(Function<SqlConnection, Future<Batch>> batch) {
        return run(0, batch);
    }

    private Future<Long> run(long before, Function<SqlConnection, Future<Batch>> batch) {
        long begin = System.nanoTime();
        return pool.withTransaction(
                        connection -> connection.query(TAKE).execute().compose(rows -> {
                            Row row = rows.iterator().next();
                            return row.getBoolean(0) ? batch.apply(connection) : Future.succeededFuture(NONE);
                        }))
                .compose(done -> {
                    long total = before + done.changed();
                    if (done.looked() < MOST) {
                        return Future.succeededFuture(total);
                    }
                    long rest = Math.max(1, (System.nanoTime() - begin) / 1_000_000);
                    return vertx.timer(rest).compose(rested -> run(total, batch));
                });
    }
}
