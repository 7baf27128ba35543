package dev.darkroom.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks stand before a pending one, from a look at the queue that serves all who ask meanwhile. Exact towards
 * this node's own changes while the queue is short; while it is long, up to a fifth of a second old, or twenty times as
 * old as a look takes: so looks never cost more than a twentieth of the time. For one event loop.
 */
final class QueuePositions {

    private static final String QUEUE = "SELECT array_agg(id ORDER BY priority DESC, fair_tag, id) FROM"
            + " (SELECT id, priority, fair_tag FROM task WHERE state = 'pending'"
            + " ORDER BY priority DESC, fair_tag, id LIMIT 100000) AS queue";

    private static final int SHORT = 256;
    private static final long FRESH_NANOS = 200_000_000;
    private static final long STALE_NANOS = 5_000_000_000L;
    private static final int LOOKS_APART = 20;

    private final Pool pool;
    private final LongSupplier nanoTime;
    private Map<Long, Integer> positions = Map.of();
    private long lookedAt;
    private long freshNanos = FRESH_NANOS;
    private boolean outdated = true;
    private @Nullable Future<Map<Long, Integer>> look;

    /** @param nanoTime such as {@link System#nanoTime} */
    QueuePositions(Pool pool, LongSupplier nanoTime) {
        this.pool = pool;
        this.nanoTime = nanoTime;
        this.lookedAt = nanoTime.getAsLong() - FRESH_NANOS;
    }

    /** Notes that this node has changed the queue. */
    void changed() {
        outdated = true;
    }

    /** Returns the place of each pending task by its id, from 0; one that is missing came after all of these. */
    Future<Map<Long, Integer>> now() {
        boolean old = nanoTime.getAsLong() - lookedAt >= freshNanos;
        if (!old && !(outdated && positions.size() < SHORT)) {
            return Future.succeededFuture(positions);
        }
        Future<Map<Long, Integer>> underWay = look;
        if (underWay != null && !outdated) {
            return underWay;
        }
        outdated = false;
        long begun = nanoTime.getAsLong();
        Future<Map<Long, Integer>> started = pool.preparedQuery(QUEUE).execute().map(rows -> keep(rows, begun));
        look = started;
        return started.onComplete(done -> {
            if (look == started) {
                look = null;
            }
        });
    }

    private Map<Long, Integer> keep(RowSet<Row> rows, long begun) {
        Long[] ids = rows.iterator().next().getArrayOfLongs(0);
        Map<Long, Integer> found = ids == null ? Map.of() : new HashMap<>(2 * ids.length);
        for (int i = 0; ids != null && i < ids.length; i++) {
            found.put(ids[i], i);
        }
        positions = found;
        lookedAt = nanoTime.getAsLong();
        freshNanos = Math.max(FRESH_NANOS, Math.min(STALE_NANOS, LOOKS_APART * (lookedAt - begun)));
        return found;
    }
}
