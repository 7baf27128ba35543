package dev.darkroom.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;

/**
 * Keeps the numbers of ended tasks per block of 2048 ids, by which {@link DeepPages} finds its way. The hot path pays
 * nothing for that: a block is counted later, once every task in it has ended, and as ended tasks never change, its
 * numbers stay right until one of them is deleted.
 */
final class HistoryTally {

    /** How far an id is shifted to the number of its block. */
    static final int SHIFT = 11;

    /** Serialises what changes the tally against deletions. */
    static final String LOCK = "SELECT pg_advisory_xact_lock(7310868735423606884)";

    /**
     * Ids up to that of the last task submitted before this margin are settled: who was about to insert a lower one has
     * committed or met the statement time-out.
     */
    private static final String EXTEND = """
            WITH settled AS (
                SELECT coalesce((SELECT id FROM task WHERE submitted < now() - interval '25 seconds'
                                 ORDER BY submitted DESC LIMIT 1) + 1, 0) >> 11 AS block
            ), next AS (
                SELECT coalesce((SELECT max(block) + 1 FROM tally_block), (SELECT min(id) >> 11 FROM task)) AS block
            )
            INSERT INTO tally_block (block, open)
            SELECT added.block, true FROM next, settled,
                   generate_series(next.block, least(settled.block, next.block + 256) - 1) AS added (block)""";

    private static final String CLOSE = """
            WITH closable AS (
                SELECT block FROM tally_block AS b
                WHERE open AND NOT EXISTS (SELECT FROM task WHERE finished IS NULL
                                           AND id >= b.block << 11 AND id < (b.block + 1) << 11)
                ORDER BY block LIMIT 64
            ), counted AS (
                INSERT INTO tally (block, owner, finished, stopped, failed, timed_out)
                SELECT closable.block, owner,
                       count(*) FILTER (WHERE state = 'finished'), count(*) FILTER (WHERE state = 'stopped'),
                       count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'timed_out')
                FROM closable JOIN task ON id >= closable.block << 11 AND id < (closable.block + 1) << 11
                GROUP BY GROUPING SETS ((closable.block, owner), (closable.block))
            )
            UPDATE tally_block AS b SET open = false FROM closable WHERE b.block = closable.block""";

    private static final String REOPEN = """
            WITH touched AS (
                SELECT DISTINCT id >> 11 AS block FROM unnest($1::bigint[]) AS deleted (id)
            ), dropped AS (
                DELETE FROM tally USING touched WHERE tally.block = touched.block
            )
            UPDATE tally_block AS b SET open = true FROM touched WHERE b.block = touched.block AND NOT b.open""";

    private final Pool pool;

    HistoryTally(Pool pool) {
        this.pool = pool;
    }

    /** Counts what can be counted by now. */
    Future<Void> update() {
        return pool.withTransaction(connection -> connection
                        .query(LOCK)
                        .execute()
                        .compose(locked -> connection.preparedQuery(EXTEND).execute())
                        .compose(extended -> connection
                                .preparedQuery(CLOSE)
                                .execute()
                                .map(closed -> extended.rowCount() >= 256 || closed.rowCount() >= 64)))
                .compose(more -> more ? update() : Future.succeededFuture());
    }

    /** Forgets the numbers of the blocks that {@code deleted} ids were in; within the deleting transaction, which holds the lock. */
    static Future<Void> reopen(SqlConnection connection, Long[] deleted) {
        return connection.preparedQuery(REOPEN).execute(Tuple.of(deleted)).mapEmpty();
    }
}
