package dev.darkroom.store;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage.Claim;
import dev.darkroom.bus.StoreMessage.Claimed;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.StoreMessage.HeldLease;
import dev.darkroom.bus.StoreMessage.Lease;
import dev.darkroom.bus.StoreMessage.Release;
import dev.darkroom.bus.StoreMessage.Renew;
import dev.darkroom.bus.StoreMessage.Renewed;
import dev.darkroom.bus.StoreMessage.Saved;
import dev.darkroom.store.TaskStore.Due;
import dev.darkroom.store.TaskStore.EndedTask;
import dev.darkroom.store.TaskStore.Recovery;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What workers do to tasks: claim, renew, complete, hand back. Statements that change several rows lock them in the
 * order of their ids, so that two of them never wait for each other. For one event loop.
 */
final class Leases {

    /**
     * A running task has a lease, and no other has. By their state the planner would fetch all running tasks, and what is
     * left of those that ran, rather than a few by their ids: beside a long history it takes them for none.
     */
    private static final String HELD = """
            WITH held AS (
                SELECT t.id FROM unnest($1::uuid[], $2::int[]) AS lease (task_id, attempt)
                     JOIN task AS t ON t.task_id = lease.task_id
                          AND t.attempt = lease.attempt AND t.lease_until IS NOT NULL
                ORDER BY t.id FOR NO KEY UPDATE OF t
            )""";

    private static final String RENEW = HELD + """

            UPDATE task AS t SET lease_until = now() + make_interval(secs => $3)
            FROM held WHERE t.id = held.id AND t.node = $4
            RETURNING t.task_id, t.attempt, t.stop_requested""";

    private static final String RELEASE = HELD + """

            UPDATE task AS t SET state = CASE WHEN stop_requested THEN 'stopped' ELSE 'pending' END,
                                 finished = CASE WHEN stop_requested THEN now() END,
                                 result = CASE WHEN stop_requested THEN $3::text::json END,
                                 started = CASE WHEN stop_requested THEN started END,
                                 lease_until = NULL, node = NULL
            FROM held WHERE t.id = held.id
            RETURNING t.task_id, t.state""";

    private static final String COMPLETE = """
            WITH ending AS (
                SELECT t.id, e.state, e.result, e.error
                FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[])
                     AS e (task_id, attempt, state, result, error)
                     JOIN task AS t ON t.task_id = e.task_id AND t.attempt = e.attempt AND t.lease_until IS NOT NULL
                ORDER BY t.id FOR NO KEY UPDATE OF t
            )
            UPDATE task AS t SET state = ending.state, result = ending.result::json, error = ending.error,
                                 finished = now(), lease_until = NULL, saved = NULL
            FROM ending WHERE t.id = ending.id
            RETURNING t.task_id""";

    private static final String SAVED = """
            UPDATE task SET saved = $3::text::json
            WHERE task_id = $1 AND attempt = $2 AND state = 'running'
                  AND (saved IS NULL OR json_array_length(saved) < json_array_length($3::text::json))""";

    /** A database that has just started finds leases that nobody could prolong; their workers get some time. */
    private static final String DUE = """
            SELECT EXISTS (SELECT FROM task WHERE state = 'running' AND lease_until < now())
                       AND pg_postmaster_start_time() < now() - make_interval(secs => $2),
                   EXISTS (SELECT FROM (SELECT state, submitted FROM task WHERE finished IS NULL
                                        ORDER BY id LIMIT 500) AS oldest
                           WHERE state = 'pending' AND submitted < now() - make_interval(secs => $1))
                       OR EXISTS (SELECT FROM task WHERE state = 'pending' AND expires < now()),
                   EXISTS (SELECT FROM tally_block WHERE open) OR (
                       SELECT coalesce((SELECT id FROM task WHERE submitted < now() - interval '25 seconds'
                                        ORDER BY submitted DESC LIMIT 1) + 1, 0) >> 11
                              > coalesce((SELECT max(block) + 1 FROM tally_block),
                                         (SELECT min(id) >> 11 FROM task), 0)),
                   EXISTS (SELECT FROM task WHERE finished IS NULL)""";

    private static final String EXPIRE = """
            WITH oldest AS (
                SELECT id, state, submitted FROM task WHERE finished IS NULL ORDER BY id LIMIT 500
            ), late AS (
                SELECT id FROM oldest WHERE state = 'pending' AND submitted < now() - make_interval(secs => $1)
                UNION
                SELECT id FROM task WHERE state = 'pending' AND expires < now()
            ), locked AS (
                SELECT id FROM task WHERE id IN (SELECT id FROM late) AND state = 'pending'
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            )
            UPDATE task AS t SET state = 'timed_out', finished = now(), result = $2::text::json, error = $3
            FROM locked WHERE t.id = locked.id
            RETURNING t.task_id, t.state""";

    private static final String RECOVER = """
            WITH lapsed AS (
                SELECT id FROM task WHERE state = 'running' AND (lease_until < now() OR $1)
                ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
            ), judged AS (
                SELECT t.id, CASE WHEN stop_requested THEN 'stopped'
                                  WHEN crashes + 1 >= $2 THEN 'failed' ELSE 'pending' END AS state
                FROM lapsed JOIN task AS t USING (id)
            )
            UPDATE task AS t SET state = judged.state, crashes = crashes + 1, lease_until = NULL, node = NULL,
                                 started = CASE WHEN judged.state <> 'pending' THEN started END,
                                 finished = CASE WHEN judged.state <> 'pending' THEN now() END,
                                 result = CASE WHEN judged.state <> 'pending' THEN $3::text::json END,
                                 error = CASE WHEN judged.state = 'failed' THEN $4 END
            FROM judged WHERE t.id = judged.id
            RETURNING t.task_id, t.state""";

    private static final String EMPTY_RESULT = TaskRows.json(TaskResult.EMPTY);
    private static final int MOST_COMPLETIONS = 256;
    private static final long MOST_BYTES = 4 << 20;

    private final Pool pool;
    private final QueuePositions positions;
    private final EndedCounter ended;
    private final Claims claims;
    private final int maxAttempts;
    private final Coalescer<Complete, Boolean> completions;

    /** @param bounded by owner, how many tasks may run at once */
    Leases(
            Pool pool,
            QueuePositions positions,
            EndedCounter ended,
            DatabaseConfig config,
            Map<String, Integer> bounded) {
        this.pool = pool;
        this.positions = positions;
        this.ended = ended;
        this.claims = new Claims(pool, positions, config.longestRun(), bounded);
        this.maxAttempts = config.maxAttempts();
        this.completions = new Coalescer<>(
                this::completeAll,
                message -> 200L * (1 + message.result().images().size()),
                1,
                MOST_COMPLETIONS,
                MOST_BYTES,
                TaskDatabase.PATIENCE_MILLISECONDS);
    }

    Future<Claimed> claim(Claim message) {
        return claims.claim(message);
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    Future<Renewed> renew(Renew message) {
        if (message.leases().isEmpty()) {
            return Future.succeededFuture(new Renewed(List.of()));
        }
        return pool.preparedQuery(RENEW)
                .execute(Tuple.of(
                        ids(message.leases()), attempts(message.leases()), seconds(message.lease()), message.node()))
                .map(rows -> {
                    List<HeldLease> held = new ArrayList<>(rows.size());
                    rows.forEach(row ->
                            held.add(new HeldLease(TaskId.of(row.getUUID(0)), row.getInteger(1), row.getBoolean(2))));
                    return new Renewed(held);
                });
    }

    private static UUID[] ids(List<Lease> leases) {
        return leases.stream().map(lease -> lease.taskId().uuid()).toArray(UUID[]::new);
    }

    private static Integer[] attempts(List<Lease> leases) {
        return leases.stream().map(Lease::attempt).toArray(Integer[]::new);
    }

    Future<Recovery> release(Release message) {
        if (message.leases().isEmpty()) {
            return Future.succeededFuture(new Recovery(0, List.of()));
        }
        return pool.preparedQuery(RELEASE)
                .execute(Tuple.of(ids(message.leases()), attempts(message.leases()), EMPTY_RESULT))
                .map(this::recovery);
    }

    Future<Recovery> recover(boolean all) {
        return pool.preparedQuery(RECOVER)
                .execute(Tuple.of(
                        all,
                        maxAttempts,
                        EMPTY_RESULT,
                        maxAttempts == 1
                                ? "The server died while it ran this task."
                                : "The server died %d times while it ran this task.".formatted(maxAttempts)))
                .map(this::recovery);
    }

    /**
     * Ends tasks that have waited too long.
     *
     * @param queueTtl after which any task has
     */
    Future<List<EndedTask>> expire(Duration queueTtl) {
        return pool.preparedQuery(EXPIRE)
                .execute(Tuple.of(
                        seconds(queueTtl), EMPTY_RESULT, "No device was free for the task as long as it was to wait."))
                .map(rows -> rows.rowCount() == 0 ? List.of() : recovery(rows).ended());
    }

    /** Tells whether {@link #recover}, {@link #expire} and the tally have something to do. */
    Future<Due> due(Duration queueTtl) {
        return pool.preparedQuery(DUE)
                .execute(Tuple.of(seconds(queueTtl), seconds(StoreSweep.GRACE)))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Due(row.getBoolean(0), row.getBoolean(1), row.getBoolean(2), row.getBoolean(3));
                });
    }

    /** Notes what a running task has saved. */
    Future<Boolean> saved(Saved message) {
        return pool.preparedQuery(SAVED)
                .execute(Tuple.of(message.taskId().uuid(), message.attempt(), TaskRows.json(message.images())))
                .map(rows -> rows.rowCount() == 1);
    }

    private Recovery recovery(RowSet<Row> rows) {
        int released = 0;
        List<EndedTask> ends = new ArrayList<>();
        for (Row row : rows) {
            TaskState state = TaskState.ofColumn(row.getString(1));
            if (state == TaskState.PENDING) {
                released++;
            } else {
                ended.add(state);
                ends.add(new EndedTask(TaskId.of(row.getUUID(0)), state));
            }
        }
        positions.changed();
        return new Recovery(released, ends);
    }

    Future<Boolean> complete(Complete message) {
        if (!message.state().terminal()) {
            return Future.failedFuture(new StoreFailure(
                    BusFailure.INVALID,
                    "A task can't end as %s.".formatted(message.state().column()),
                    null));
        }
        return completions.ask(message);
    }

    private Future<List<Boolean>> completeAll(List<Complete> messages) {
        return pool.preparedQuery(COMPLETE)
                .execute(Tuple.of(
                        messages.stream()
                                .map(message -> message.taskId().uuid())
                                .toArray(UUID[]::new),
                        messages.stream().map(Complete::attempt).toArray(Integer[]::new),
                        messages.stream()
                                .map(message -> message.state().column())
                                .toArray(String[]::new),
                        messages.stream()
                                .map(message -> TaskRows.json(message.result()))
                                .toArray(String[]::new),
                        messages.stream().map(Leases::errorText).toArray(String[]::new)))
                .map(rows -> {
                    Set<UUID> done = new HashSet<>();
                    rows.forEach(row -> done.add(row.getUUID(0)));
                    List<Boolean> answers = new ArrayList<>(messages.size());
                    for (Complete message : messages) {
                        // of two for the same task in one statement the first has won
                        boolean won = done.remove(message.taskId().uuid());
                        if (won) {
                            ended.add(message.state());
                        }
                        answers.add(won);
                    }
                    return answers;
                });
    }

    private static @Nullable String errorText(Complete message) {
        return message.error() == null ? null : message.error().replace("\0", "");
    }
}
