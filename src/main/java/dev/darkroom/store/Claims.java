package dev.darkroom.store;

import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.StoreMessage.Claim;
import dev.darkroom.bus.StoreMessage.Claimed;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Gives the first tasks of the queue to workers. For one event loop. */
final class Claims {

    /** What waits for these models, in the queue's order. */
    private static final String WAITING = "state = 'pending' AND model = ANY ($2) AND priority > $5";

    private static final String ORDER = "ORDER BY priority DESC, fair_tag, id";

    /** Any task of the queue. */
    private static final String ANY = """
            alone AS (
                SELECT id, priority, fair_tag FROM task WHERE %s AND crashes > 0 %s LIMIT 1
            )""".formatted(WAITING, ORDER);

    /** The same, without tasks of owners who have as many running as they may. */
    private static final String ANY_WITHIN_BOUNDS = """
            allowed AS (
                (SELECT id FROM task WHERE %s AND owner <> ALL ($7) %s LIMIT $3)
                UNION ALL
                SELECT own.id FROM unnest($7::text[], $8::int[]) AS bound (owner, most), LATERAL (
                    SELECT id FROM task WHERE %s AND owner = bound.owner %s
                    LIMIT greatest(0, most - (SELECT count(*) FROM task AS other
                                              WHERE other.state = 'running' AND other.owner = bound.owner))
                ) AS own
            ), alone AS (
                SELECT id, priority, fair_tag FROM task
                WHERE id IN (SELECT id FROM allowed) AND state = 'pending' AND crashes > 0 %s LIMIT 1
            )""".formatted(WAITING, ORDER, WAITING, ORDER, ORDER);

    /** One claim at a time, so that no two of them count the same running tasks. */
    private static final String CLAIM_LOCK = "SELECT pg_advisory_xact_lock(7310868735423606885)";

    /**
     * A task that somebody went silent over is to run alone: only who holds nothing gets it, and nothing beside it. Others
     * get what is before it. What is behind it stays, or it would never be the first thing that an empty lane finds. Nobody
     * locks it who does not get it, since whoever looks in the same moment would pass it by. What is before it is looked for
     * among the first of the queue alone, more than are wanted, as other claims may hold some: a walk that passes those
     * would end at the end of the queue. They are locked by their ids, which no condition on the state that
     * the queue's index has may hide.
     */
    private static final String CLAIM = """
            WITH %%1$s, head AS (
                SELECT first.id FROM alone, (
                    SELECT priority, fair_tag, id FROM task WHERE EXISTS (SELECT FROM alone) AND %1$s %%2$s %2$s LIMIT $3 + 256
                ) AS first WHERE (alone.priority, first.fair_tag, first.id) < (first.priority, alone.fair_tag, alone.id)
            ), free AS (
                SELECT id, priority, fair_tag, images FROM task AS t
                WHERE NOT EXISTS (SELECT FROM alone) AND %1$s %%2$s
                %2$s LIMIT $3 FOR NO KEY UPDATE OF t SKIP LOCKED
            ), before AS (
                SELECT id, priority, fair_tag, images FROM task
                WHERE id = ANY (ARRAY (SELECT id FROM head)) AND finished IS NULL AND state <> 'running'
                %2$s LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED
            ), itself AS (
                SELECT id, priority, fair_tag, images FROM task
                WHERE id = (SELECT id FROM alone) AND state = 'pending' AND $6 AND NOT EXISTS (SELECT FROM before)
                    AND (SELECT count(*) FROM head) < $3 + 256
                FOR NO KEY UPDATE SKIP LOCKED
            ), chosen AS (
                SELECT id FROM (
                    SELECT id, sum(images) OVER (%2$s) - images AS others
                    FROM (SELECT * FROM free UNION ALL SELECT * FROM before UNION ALL SELECT * FROM itself) AS first
                ) AS counted WHERE others < $3
            ), claimed AS (
                UPDATE task AS t SET state = 'running', node = $1, attempt = t.attempt + 1, started = now(),
                                     saved = NULL, lease_until = now() + make_interval(secs => $4)
                FROM chosen WHERE t.id = chosen.id RETURNING t.*
            )
            SELECT id, task_id, owner, attempt, priority, model, request::text, time_limit, work, traceparent, crashes,
                   cut
            FROM (SELECT EXISTS (SELECT FROM alone) AS cut) AS queue
                 LEFT JOIN claimed ON true
            ORDER BY priority DESC, fair_tag, id""".formatted(WAITING, ORDER);

    /** For a node, models, images, seconds of a lease, a priority to be above, and whether the lane is empty. */
    static final String CLAIM_ANY = CLAIM.formatted(ANY, "");

    private static final String CLAIM_WITHIN_BOUNDS =
            CLAIM.formatted(ANY_WITHIN_BOUNDS, "AND id IN (SELECT id FROM allowed)");

    private final Pool pool;
    private final QueuePositions positions;
    private final Duration longestRun;
    private final String[] boundedOwners;
    private final Integer[] bounds;

    /**
     * @param longestRun how long any task may run
     * @param bounded by owner, how many tasks may run at once
     */
    Claims(Pool pool, QueuePositions positions, Duration longestRun, Map<String, Integer> bounded) {
        this.pool = pool;
        this.positions = positions;
        this.longestRun = longestRun;
        this.boundedOwners = bounded.keySet().toArray(String[]::new);
        this.bounds = Stream.of(boundedOwners).map(bounded::get).toArray(Integer[]::new);
    }

    Future<Claimed> claim(Claim message) {
        if (message.images() < 1 || message.models().isEmpty()) {
            return Future.succeededFuture(new Claimed(List.of(), false));
        }
        return claimed(Tuple.of(
                        message.node(),
                        message.models().toArray(String[]::new),
                        (long) message.images(),
                        message.lease().toMillis() / 1000.0,
                        message.above() == null ? Integer.MIN_VALUE : message.above(),
                        message.empty()))
                .map(rows -> {
                    positions.changed();
                    List<ClaimedTask> tasks = new ArrayList<>(rows.size());
                    boolean cut = false;
                    for (Row row : rows) {
                        cut = row.getBoolean(11);
                        if (row.getLong(0) == null) {
                            // says so of a claim that got nothing
                            continue;
                        }
                        tasks.add(new ClaimedTask(
                                row.getLong(0),
                                TaskId.of(row.getUUID(1)),
                                row.getString(2),
                                row.getInteger(3),
                                row.getInteger(4),
                                row.getString(5),
                                row.getString(6),
                                timeout(row.getLong(7)),
                                work(row.getString(8)),
                                row.getString(9),
                                row.getInteger(10)));
                    }
                    return new Claimed(tasks, cut);
                });
    }

    private Future<RowSet<Row>> claimed(Tuple parameters) {
        if (bounds.length == 0) {
            return pool.preparedQuery(CLAIM_ANY).execute(parameters);
        }
        parameters.addValue(boundedOwners).addValue(bounds);
        return pool.withTransaction(connection -> connection
                .query(CLAIM_LOCK)
                .execute()
                .compose(locked -> connection.preparedQuery(CLAIM_WITHIN_BOUNDS).execute(parameters)));
    }

    /** A bound that the server was given later holds for tasks that came before, too. */
    private Duration timeout(@Nullable Long millis) {
        return millis == null || millis > longestRun.toMillis() ? longestRun : Duration.ofMillis(millis);
    }

    private static @Nullable Workload work(@Nullable String text) {
        return text == null ? null : Workload.parse(text).orElse(null);
    }
}
