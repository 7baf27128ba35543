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
 * this node's own changes while the queue is short; while it is long, up to a fifth of a second old. For one event loop.
 */
final class QueuePositions {

    private static final String QUEUE = "SELECT array_agg(id ORDER BY priority DESC, fair_tag, id) FROM"
            + " (SELECT id, priority, fair_tag FROM task WHERE state = 'pending'"
            + " ORDER BY priority DESC, fair_tag, id LIMIT 100000) AS queue";

    private static final int SHORT = 256;
    private static final long FRESH_NANOS = 200_000_000;

    private final Pool pool;
    private final LongSupplier nanoTime;
    private Map<Long, Integer> positions = Map.of();
    private long lookedAt;
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
        boolean old = nanoTime.getAsLong() - lookedAt >= FRESH_NANOS;
        if (!old && !(outdated && positions.size() < SHORT)) {
            return Future.succeededFuture(positions);
        }
        Future<Map<Long, Integer>> underWay = look;
        if (underWay != null && !outdated) {
            return underWay;
        }
        outdated = false;
        Future<Map<Long, Integer>> started = pool.preparedQuery(QUEUE).execute().map(this::keep);
        look = started;
        return started.onComplete(done -> {
            if (look == started) {
                look = null;
            }
        });
    }

    private Map<Long, Integer> keep(RowSet<Row> rows) {
        Long[] ids = rows.iterator().next().getArrayOfLongs(0);
        Map<Long, Integer> found = new HashMap<>();
        for (int i = 0; ids != null && i < ids.length; i++) {
            found.put(ids[i], i);
        }
        positions = found;
        lookedAt = nanoTime.getAsLong();
        return found;
    }
}
