package dev.darkroom.store;

import io.vertx.core.Future;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How many tasks stand before a pending one, and when it will have run, from a look at the queue that serves all who ask
 * meanwhile. Exact towards this node's own changes while the queue is short; while it is long, up to a fifth of a second
 * old, or twenty times as old as a look takes: so looks never cost more than a twentieth of the time. There is one look
 * at a time. For one event loop.
 */
final class QueuePositions {

    private static final int SHORT = 256;
    private static final long FRESH_NANOS = 200_000_000;
    private static final long STALE_NANOS = 5_000_000_000L;
    private static final int LOOKS_APART = 20;

    private final Supplier<Future<QueueLook>> looks;
    private final QueueForecasts forecasts;
    private final LongSupplier nanoTime;
    private QueueView view = QueueView.EMPTY;
    private long lookedAt;
    private long freshNanos = FRESH_NANOS;
    private long changes = 1;
    private long seenByView;
    private long seenByLook;
    private @Nullable Future<QueueView> look;

    /**
     * @param looks reads the queue
     * @param nanoTime such as {@link System#nanoTime}
     */
    QueuePositions(Supplier<Future<QueueLook>> looks, QueueForecasts forecasts, LongSupplier nanoTime) {
        this.looks = looks;
        this.forecasts = forecasts;
        this.nanoTime = nanoTime;
        this.lookedAt = nanoTime.getAsLong() - FRESH_NANOS;
    }

    /** Notes that this node has changed the queue. */
    void changed() {
        changes++;
    }

    /** Returns the time that the views count by. */
    long nanoTime() {
        return nanoTime.getAsLong();
    }

    /** Returns the queue. */
    Future<QueueView> now() {
        boolean old = nanoTime.getAsLong() - lookedAt >= freshNanos;
        boolean exact = view.size() < SHORT;
        if (!old && !(exact && (seenByView != changes || forecasts.due()))) {
            return Future.succeededFuture(view);
        }
        Future<QueueView> underWay = look;
        if (underWay != null) {
            // what has changed since that look began is seen by the next one, which all who wait for it share
            return exact && seenByLook != changes ? underWay.compose(seen -> now(), failure -> now()) : underWay;
        }
        seenByLook = changes;
        long begun = nanoTime.getAsLong();
        Future<QueueView> started = looks.get()
                .compose(
                        queue -> {
                            look = null;
                            return Future.succeededFuture(keep(queue, begun));
                        },
                        failure -> {
                            look = null;
                            return Future.failedFuture(failure);
                        });
        if (!started.isComplete()) {
            look = started;
        }
        return started;
    }

    private QueueView keep(QueueLook queue, long begun) {
        lookedAt = nanoTime.getAsLong();
        seenByView = seenByLook;
        view = forecasts.view(queue);
        long took = nanoTime.getAsLong() - begun;
        freshNanos = Math.max(FRESH_NANOS, Math.min(STALE_NANOS, LOOKS_APART * took));
        return view;
    }
}
