package dev.darkroom.store;

import dev.darkroom.forecast.Forecast;
import dev.darkroom.forecast.WaitingTask;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.Workload;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks stand before a pending one, and when it will have run, from a look at the queue that serves all who ask
 * meanwhile. Exact towards this node's own changes while the queue is short; while it is long, up to a fifth of a second
 * old, or twenty times as old as a look takes: so looks never cost more than a twentieth of the time. For one event loop.
 */
final class QueuePositions {

    private static final String QUEUE = """
            WITH first AS (
                SELECT id, priority, fair_tag, model, work FROM task WHERE state = 'pending'
                ORDER BY priority DESC, fair_tag, id LIMIT $1
            )
            SELECT ARRAY(SELECT id FROM task WHERE state = 'pending' ORDER BY priority DESC, fair_tag, id LIMIT 100000),
                   ARRAY(SELECT model FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT coalesce(work, '') FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT priority FROM first ORDER BY priority DESC, fair_tag, id)""";

    private static final int SHORT = 256;
    private static final long FRESH_NANOS = 200_000_000;
    private static final long STALE_NANOS = 5_000_000_000L;
    private static final int LOOKS_APART = 20;

    private final Pool pool;
    private final DeviceLoads loads;
    private final PaceBook paces;
    private final LongSupplier nanoTime;
    private QueueView view = QueueView.EMPTY;
    private long lookedAt;
    private long freshNanos = FRESH_NANOS;
    private boolean outdated = true;
    private @Nullable Future<QueueView> look;

    /** @param nanoTime such as {@link System#nanoTime} */
    QueuePositions(Pool pool, DeviceLoads loads, PaceBook paces, LongSupplier nanoTime) {
        this.pool = pool;
        this.loads = loads;
        this.paces = paces;
        this.nanoTime = nanoTime;
        this.lookedAt = nanoTime.getAsLong() - FRESH_NANOS;
    }

    /** Notes that this node has changed the queue. */
    void changed() {
        outdated = true;
    }

    /** Returns the time that the views count by. */
    long nanoTime() {
        return nanoTime.getAsLong();
    }

    /** Returns the queue. */
    Future<QueueView> now() {
        boolean old = nanoTime.getAsLong() - lookedAt >= freshNanos;
        if (!old && !(outdated && view.size() < SHORT)) {
            return Future.succeededFuture(view);
        }
        Future<QueueView> underWay = look;
        if (underWay != null && (!outdated || view.size() >= SHORT)) {
            return underWay;
        }
        outdated = false;
        long begun = nanoTime.getAsLong();
        Future<QueueView> started = pool.preparedQuery(QUEUE)
                .execute(Tuple.of((long) Forecast.PLAYED))
                .map(rows -> keep(rows, begun));
        look = started;
        return started.onComplete(done -> {
            if (look == started) {
                look = null;
            }
        });
    }

    private QueueView keep(RowSet<Row> rows, long begun) {
        Row row = rows.iterator().next();
        Long[] ids = row.getArrayOfLongs(0);
        lookedAt = nanoTime.getAsLong();
        view = new QueueView(ids, new Forecast(loads.heard(), first(row), ids.length, paces), lookedAt);
        long took = nanoTime.getAsLong() - begun;
        freshNanos = Math.max(FRESH_NANOS, Math.min(STALE_NANOS, LOOKS_APART * took));
        return view;
    }

    private static List<WaitingTask> first(Row row) {
        String[] models = row.getArrayOfStrings(1);
        String[] works = row.getArrayOfStrings(2);
        Integer[] priorities = row.getArrayOfIntegers(3);
        List<WaitingTask> first = new ArrayList<>(models.length);
        for (int i = 0; i < models.length; i++) {
            first.add(new WaitingTask(
                    priorities[i], models[i], Workload.parse(works[i]).orElse(null)));
        }
        return first;
    }
}
