package dev.darkroom.store;

import dev.darkroom.bus.NewTask;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.StopOutcome;
import dev.darkroom.bus.StoreMessage.Stopping;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Tasks in PostgreSQL, 15 or newer. */
public final class PgTaskStore implements TaskStore {

    private static final String STOP = """
            WITH found AS (
                SELECT id, state, node FROM task WHERE task_id = $1 AND ($2::text IS NULL OR owner = $2)
                FOR NO KEY UPDATE
            ), stopped AS (
                UPDATE task AS t SET stop_requested = true,
                       state = CASE WHEN found.state = 'pending' THEN 'stopped' ELSE t.state END,
                       finished = CASE WHEN found.state = 'pending' THEN now() END,
                       result = CASE WHEN found.state = 'pending' THEN $3::text::json END
                FROM found WHERE t.id = found.id AND found.state IN ('pending', 'running')
            )
            SELECT state, node FROM found""";

    private static final String COUNT = "SELECT (SELECT count(*) FROM task WHERE state = 'pending'),"
            + " (SELECT count(*) FROM task WHERE state = 'running')";

    private static final String REMOVE = "DELETE FROM task WHERE task_id = $1 AND ($2::text IS NULL OR owner = $2)"
            + " AND finished IS NOT NULL RETURNING id, result::text";

    private static final int DELETED_AT_ONCE = 500;

    private final Pool pool;
    private final Pool historyPool;
    private final QueueForecasts forecasts;
    private final QueuePositions positions;
    private final HistoryTally tally;
    private final Submissions submissions;
    private final TaskReader reader;
    private final Leases leases;
    private final Outbox outbox;
    private final ImageCheckpoints checkpoints;
    private final Paces paces;
    private final DeviceLoads loads;
    private final Duration queueTimeout;
    private final EndedCounter ended = new EndedCounter();

    /**
     * Takes over two pools, which the caller closes.
     *
     * @param pool for what must be quick
     * @param historyPool for what may take long
     * @param config the bounds of the queue
     * @param nanoTime such as {@link System#nanoTime}
     */
    public PgTaskStore(Pool pool, Pool historyPool, DatabaseConfig config, LongSupplier nanoTime) {
        this(pool, historyPool, config, Shares.NONE, nanoTime);
    }

    /**
     * Takes over two pools, which the caller closes.
     *
     * @param pool for what must be quick
     * @param historyPool for what may take long
     * @param config the bounds of the queue
     * @param shares of the owners
     * @param nanoTime such as {@link System#nanoTime}
     */
    public PgTaskStore(Pool pool, Pool historyPool, DatabaseConfig config, Shares shares, LongSupplier nanoTime) {
        this.pool = pool;
        this.historyPool = historyPool;
        this.queueTimeout = config.queueTimeout();
        this.loads = new DeviceLoads(nanoTime);
        PaceBook book = new PaceBook();
        this.paces = new Paces(pool, book);
        this.forecasts = new QueueForecasts(loads, book, nanoTime);
        this.positions = new QueuePositions(() -> QueueLook.take(pool), forecasts, nanoTime);
        this.tally = new HistoryTally(historyPool);
        this.submissions = new Submissions(
                pool,
                new QueueGauge(pool, config.queueCapacity(), nanoTime),
                new QueueTurns(config.queueCapacity(), nanoTime),
                positions,
                new FairTags(shares, book));
        this.reader = new TaskReader(pool, historyPool, positions);
        this.leases = new Leases(pool, positions, ended, config, shares.bounded());
        this.outbox = new Outbox(pool);
        this.checkpoints = new ImageCheckpoints(pool);
    }

    @Override
    public Future<StoreMessage.Accepted> submit(NewTask task) {
        return submissions.submit(task);
    }

    @Override
    public Future<StoreMessage.Found> find(StoreMessage.Find message) {
        return reader.find(message);
    }

    @Override
    public Future<StoreMessage.Rows> search(StoreMessage.Search message) {
        return reader.search(message);
    }

    @Override
    public Future<StoreMessage.Found> oldestRunning(StoreMessage.OldestRunning message) {
        return reader.oldestRunning(message);
    }

    @Override
    public Future<StoreMessage.Claimed> claim(StoreMessage.Claim message) {
        return leases.claim(message);
    }

    @Override
    public Future<StoreMessage.Renewed> renew(StoreMessage.Renew message) {
        return leases.renew(message);
    }

    @Override
    public Future<Boolean> complete(StoreMessage.Complete message) {
        return leases.complete(message);
    }

    @Override
    public Future<Recovery> release(StoreMessage.Release message) {
        return leases.release(message);
    }

    @Override
    public Future<Recovery> recover(boolean all) {
        return leases.recover(all);
    }

    @Override
    public Future<Due> due() {
        return leases.due(queueTimeout);
    }

    @Override
    public Future<List<EndedTask>> expire() {
        return leases.expire(queueTimeout);
    }

    @Override
    public Future<Boolean> saved(StoreMessage.Saved message) {
        return leases.saved(message);
    }

    @Override
    public Future<Boolean> checkpoint(StoreMessage.Checkpoint message) {
        return checkpoints.keep(message);
    }

    @Override
    public Future<StoreMessage.Checkpoints> checkpoints(StoreMessage.Resume message) {
        return checkpoints.find(message);
    }

    @Override
    public Future<StoreMessage.DueWebhooks> claimWebhooks(StoreMessage.ClaimWebhooks message) {
        return outbox.claim(message);
    }

    @Override
    public Future<Boolean> settleWebhook(StoreMessage.SettleWebhook message) {
        return outbox.settle(message);
    }

    @Override
    public Future<StoreMessage.Paces> paces() {
        return paces.list();
    }

    @Override
    public Future<Boolean> measured(PaceBook.Pace pace) {
        return paces.keep(pace);
    }

    @Override
    public void heard(TaskNotice.Load load) {
        forecasts.heard(loads.heard(load));
    }

    @Override
    public Future<Void> tally() {
        return tally.update();
    }

    @Override
    public Future<StoreMessage.Counts> count() {
        return pool.preparedQuery(COUNT).execute().map(rows -> {
            Row row = rows.iterator().next();
            return new StoreMessage.Counts(
                    row.getLong(0),
                    row.getLong(1),
                    ended.of(TaskState.FINISHED),
                    ended.of(TaskState.STOPPED),
                    ended.of(TaskState.FAILED),
                    ended.of(TaskState.TIMED_OUT));
        });
    }

    @Override
    public Future<Stopping> requestStop(StoreMessage.RequestStop message) {
        return pool.preparedQuery(STOP)
                .execute(Tuple.of(message.taskId().uuid(), message.owner(), TaskRows.json(TaskResult.EMPTY)))
                .map(this::stopping);
    }

    private Stopping stopping(RowSet<Row> rows) {
        if (!rows.iterator().hasNext()) {
            return new Stopping(StopOutcome.UNKNOWN, null);
        }
        Row row = rows.iterator().next();
        TaskState before = TaskState.ofColumn(row.getString(0));
        if (before == TaskState.PENDING) {
            ended.add(TaskState.STOPPED);
            positions.changed();
            return new Stopping(StopOutcome.STOPPED, null);
        }
        return before == TaskState.RUNNING
                ? new Stopping(StopOutcome.REQUESTED, row.getUUID(1))
                : new Stopping(StopOutcome.ENDED, null);
    }

    @Override
    public Future<StoreMessage.Deleted> delete(StoreMessage.Delete message) {
        return delete(message, new ArrayList<>()).map(StoreMessage.Deleted::new);
    }

    @Override
    public Future<StoreMessage.Removed> remove(StoreMessage.Remove message) {
        return historyPool.withTransaction(connection -> connection
                .query(HistoryTally.LOCK)
                .execute()
                .compose(locked -> connection
                        .preparedQuery(REMOVE)
                        .execute(Tuple.of(message.taskId().uuid(), message.owner())))
                .compose(rows -> {
                    if (!rows.iterator().hasNext()) {
                        return Future.succeededFuture(new StoreMessage.Removed(null));
                    }
                    Row row = rows.iterator().next();
                    TaskResult result = TaskRows.result(row.getString(1));
                    return HistoryTally.reopen(connection, new Long[] {row.getLong(0)})
                            .map(new StoreMessage.Removed(result));
                }));
    }

    private Future<List<TaskResult>> delete(StoreMessage.Delete message, List<TaskResult> results) {
        SearchStatement statement = new SearchStatement(message.filter());
        // an array, as the planner joins every pair of rows while it takes a full table for an empty one
        String sql =
                "DELETE FROM task WHERE id = ANY (ARRAY(SELECT id FROM task WHERE %s ORDER BY id LIMIT %d)) RETURNING id, result::text"
                        .formatted(statement.endedCondition(), DELETED_AT_ONCE);
        return historyPool
                .withTransaction(connection -> connection
                        .query(HistoryTally.LOCK)
                        .execute()
                        .compose(locked -> connection.preparedQuery(sql).execute(statement.parameters()))
                        .compose(rows -> {
                            List<Long> ids = new ArrayList<>(rows.size());
                            List<TaskResult> gone = new ArrayList<>();
                            for (Row row : rows) {
                                ids.add(row.getLong(0));
                                TaskResult result = TaskRows.result(row.getString(1));
                                if (!result.images().isEmpty()) {
                                    gone.add(result);
                                }
                            }
                            return HistoryTally.reopen(connection, ids.toArray(Long[]::new))
                                    .map(reopened -> {
                                        results.addAll(gone);
                                        return ids.size();
                                    });
                        }))
                .compose(deleted ->
                        deleted == DELETED_AT_ONCE ? delete(message, results) : Future.succeededFuture(results));
    }
}
