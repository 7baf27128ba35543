package dev.darkroom.store;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage.Filter;
import dev.darkroom.bus.StoreMessage.Find;
import dev.darkroom.bus.StoreMessage.Found;
import dev.darkroom.bus.StoreMessage.OldestRunning;
import dev.darkroom.bus.StoreMessage.Page;
import dev.darkroom.bus.StoreMessage.Rows;
import dev.darkroom.bus.StoreMessage.Search;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.TaskId;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads tasks. Look-ups that arrive while others are under way share a statement; searches have connections of their
 * own, so that a long one delays nobody else. For one event loop.
 */
final class TaskReader {

    private static final String FIND = "SELECT " + TaskRows.COLUMNS + " FROM task WHERE task_id = ANY ($1)";

    /** Of one task: PostgreSQL keeps this plan, and makes one for each array, which costs more than the row. */
    private static final String FIND_ONE = "SELECT " + TaskRows.COLUMNS + " FROM task WHERE task_id = $1";

    private static final String OLDEST_RUNNING =
            "SELECT " + TaskRows.COLUMNS + " FROM task WHERE state = 'running' AND owner = $1 ORDER BY id LIMIT 1";

    private static final int MOST_FINDS = 128;
    private static final int MOST_ROWS = 10_000;

    private final Pool pool;
    private final Pool historyPool;
    private final DeepPages deepPages;
    private final QueuePositions positions;
    private final Coalescer<TaskId, Found> finds;

    TaskReader(Pool pool, Pool historyPool, QueuePositions positions) {
        this.pool = pool;
        this.historyPool = historyPool;
        this.deepPages = new DeepPages(historyPool);
        this.positions = positions;
        this.finds =
                new Coalescer<>(this::findAll, id -> 1, 2, MOST_FINDS, MOST_FINDS, TaskDatabase.PATIENCE_MILLISECONDS);
    }

    Future<Found> find(Find message) {
        return finds.ask(message.taskId()).map(found -> ofOwner(found, message.owner()));
    }

    private static Found ofOwner(Found found, @Nullable String owner) {
        TaskRow row = found.row();
        return row == null || owner == null || row.owner().equals(owner) ? found : new Found(null);
    }

    private Future<List<Found>> findAll(List<TaskId> ids) {
        UUID[] uuids = ids.stream().map(TaskId::uuid).distinct().toArray(UUID[]::new);
        return pool.preparedQuery(uuids.length == 1 ? FIND_ONE : FIND)
                .execute(Tuple.of(uuids.length == 1 ? uuids[0] : uuids))
                .compose(this::withPositions)
                .map(rows -> {
                    Map<TaskId, TaskRow> byId = new HashMap<>();
                    rows.forEach(row -> byId.put(row.taskId(), row));
                    return ids.stream().map(id -> new Found(byId.get(id))).toList();
                });
    }

    private Future<List<TaskRow>> withPositions(Iterable<Row> found) {
        List<TaskRow> rows = new ArrayList<>();
        boolean unfinished = false;
        for (Row row : found) {
            TaskRow read = TaskRows.read(row);
            unfinished |= !read.state().terminal();
            rows.add(read);
        }
        if (!unfinished) {
            return Future.succeededFuture(rows);
        }
        return positions.now().map(queue -> {
            long now = positions.nanoTime();
            rows.replaceAll(row -> switch (row.state()) {
                case PENDING -> row.with(queue.place(row.id()), row.more().left(queue.millisLeft(row.id(), now)));
                case RUNNING -> row.with(-1, row.more().left(queue.millisLeft(row.taskId(), row.id(), now)));
                default -> row;
            });
            return rows;
        });
    }

    Future<Found> oldestRunning(OldestRunning message) {
        return pool.preparedQuery(OLDEST_RUNNING)
                .execute(Tuple.of(message.owner()))
                .map(rows -> new Found(
                        rows.iterator().hasNext()
                                ? TaskRows.read(rows.iterator().next())
                                : null));
    }

    Future<Rows> search(Search message) {
        Page page = message.page();
        if (page.limit() < 0 || page.limit() > MOST_ROWS || page.offset() < 0) {
            return Future.failedFuture(new StoreFailure(
                    BusFailure.INVALID,
                    "A page has at most %d rows and no negative offset.".formatted(MOST_ROWS),
                    null));
        }
        if (page.limit() == 0) {
            return Future.succeededFuture(new Rows(List.of()));
        }
        Future<? extends Iterable<Row>> found = DeepPages.serves(message.filter(), page)
                ? deepPages.rows(message.filter(), page)
                : walk(message.filter(), page);
        return found.compose(this::withPositions).map(Rows::new);
    }

    private Future<RowSet<Row>> walk(Filter filter, Page page) {
        SearchStatement statement = new SearchStatement(filter);
        return historyPool.preparedQuery(statement.rows(page)).execute(statement.parameters());
    }
}
