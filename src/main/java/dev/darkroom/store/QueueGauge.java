package dev.darkroom.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.function.LongSupplier;

/**
 * Tells how many submissions the queue still takes, without counting before each: it knows a count and what came after,
 * and counts again when that is a second old or would refuse somebody. Other nodes may overfill the queue by what they
 * take within that second. While the queue is not half full, nobody waits for the counting. For one event loop.
 */
final class QueueGauge {

    private static final String COUNT =
            "SELECT count(*) FROM (SELECT FROM task WHERE state = 'pending' LIMIT $1) AS queue";

    private static final long TRUSTED_NANOS = 1_000_000_000;
    private static final long TRUSTED_WHEN_FULL_NANOS = 50_000_000;

    private final Pool pool;
    private final int capacity;
    private final LongSupplier nanoTime;
    private long counted;
    private long countedAt;
    private boolean known;

    QueueGauge(Pool pool, int capacity, LongSupplier nanoTime) {
        this.pool = pool;
        this.capacity = capacity;
        this.nanoTime = nanoTime;
        this.countedAt = nanoTime.getAsLong() - TRUSTED_NANOS;
    }

    /** Returns how many of {@code wanted} submissions may come in. */
    Future<Integer> room(int wanted) {
        long age = nanoTime.getAsLong() - countedAt;
        boolean fits = counted + wanted <= capacity;
        if (age < (fits ? TRUSTED_NANOS : TRUSTED_WHEN_FULL_NANOS)) {
            return Future.succeededFuture(fitting(wanted));
        }
        if (known && counted + wanted <= capacity / 2) {
            countedAt = nanoTime.getAsLong();
            count();
            return Future.succeededFuture(fitting(wanted));
        }
        return count().map(now -> fitting(wanted));
    }

    private Future<Void> count() {
        return pool.preparedQuery(COUNT).execute(Tuple.of((long) capacity)).map(rows -> {
            counted = rows.iterator().next().getLong(0);
            countedAt = nanoTime.getAsLong();
            known = true;
            return null;
        });
    }

    private int fitting(int wanted) {
        return (int) Math.max(0, Math.min(wanted, capacity - counted));
    }

    /** Notes that {@code tasks} more wait. */
    void added(int tasks) {
        counted += tasks;
    }

    /** Returns the bound. */
    int capacity() {
        return capacity;
    }
}
