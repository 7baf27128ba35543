package dev.darkroom.store;

import dev.darkroom.bus.StoreMessage.Filter;
import dev.darkroom.bus.StoreMessage.Page;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.stream.Collectors;

/**
 * Finds deep pages of the history by adding the numbers of ended tasks per block of 2048 ids instead of walking over
 * the rows. The hot path pays nothing for that: a block is counted later, once every task in it has ended, and as ended
 * tasks never change, its numbers stay right until one of them is deleted. Blocks that are not counted yet are few, and
 * are counted on the spot.
 */
final class HistoryTally {

    /** Offsets below this are walked. */
    static final long DEEP = 2048;

    private static final long BEYOND_ALL_BLOCKS = 1L << 50;

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

    /** Tells whether a page is found by the tally rather than by walking. */
    static boolean serves(Filter filter, Page page) {
        return page.offset() >= DEEP
                && page.after() == null
                && filter.model() == null
                && filter.promptText() == null
                && filter.from() == null
                && filter.until() == null;
    }

    /** Returns a query for the rows of a page that {@link #serves} allows; {@code statement} is of the same filter. */
    static String rows(SearchStatement statement, Filter filter, Page page) {
        String condition = statement.condition();
        String owner = filter.owner() == null ? "owner IS NULL" : "owner = " + statement.parameter(filter.owner());
        String counts = statement.ended().isEmpty()
                ? "0"
                : statement.ended().stream().map(TaskState::column).collect(Collectors.joining(" + "));
        String direction = page.newestFirst() ? "DESC" : "ASC";
        // what came after the last block is one segment, from whichever end it is entered
        String tail = page.newestFirst() ? Long.toString(BEYOND_ALL_BLOCKS) : "next.block";
        String after = page.newestFirst() ? "(block + 1) << 11" : "(block << 11) - 1";
        String offset = statement.parameter(page.offset()) + "::bigint";
        return """
                WITH next AS (
                    SELECT coalesce((SELECT max(block) + 1 FROM tally_block), 0) AS block
                ), segment AS (
                    SELECT block, %s AS n FROM tally WHERE %s
                    UNION ALL
                    SELECT b.block, (SELECT count(*)::int FROM task
                                     WHERE id >= b.block << 11 AND id < (b.block + 1) << 11 AND %s)
                    FROM tally_block AS b WHERE open
                    UNION ALL
                    SELECT %s, count(*)::int FROM next, task WHERE id >= next.block << 11 AND %s GROUP BY next.block
                ), summed AS (
                    SELECT block, n, sum(n) OVER (ORDER BY block %s) AS total FROM segment
                ), place AS (
                    SELECT %s AS after, (%s - (total - n))::bigint AS left_out
                    FROM summed WHERE total > %s ORDER BY block %s LIMIT 1
                )
                """.formatted(counts, owner, condition, tail, condition, direction, after, offset, offset, direction)
                + statement.rows(page, "(SELECT after FROM place)", "(SELECT left_out FROM place)");
    }
}
