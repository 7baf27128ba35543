package dev.darkroom.store;

import dev.darkroom.forecast.Forecast;
import dev.darkroom.task.PaceBook;
import java.util.List;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forecasts the queue, however short it is and however much is told of it, in no more than a twentieth of the time or four
 * times a second: the event loop has leases to renew. Meanwhile the forecast before serves. For one event loop.
 */
final class QueueForecasts {

    private static final Logger LOG = LoggerFactory.getLogger(QueueForecasts.class);

    private static final int TIMES_ITS_COST = 20;

    /** The first forecasts after a start take long, and would be true for as little time as any. */
    private static final long MOST_QUIET_NANOS = 250_000_000L;

    private final DeviceLoads loads;
    private final PaceBook paces;
    private final LongSupplier nanoTime;
    private QueueView last = QueueView.EMPTY;
    private long madeAt;
    private long quietNanos;
    private boolean news;
    private boolean failed;

    /** @param nanoTime such as {@link System#nanoTime} */
    QueueForecasts(DeviceLoads loads, PaceBook paces, LongSupplier nanoTime) {
        this.loads = loads;
        this.paces = paces;
        this.nanoTime = nanoTime;
    }

    /**
     * Notes that a device has said what it does.
     *
     * @param otherDevices one has come or gone, with which all that was foreseen is wrong
     */
    void heard(boolean otherDevices) {
        news = true;
        if (otherDevices) {
            quietNanos = 0;
        }
    }

    /** Tells whether there is something new to forecast, and time for it. */
    boolean due() {
        return news && rested();
    }

    private boolean rested() {
        return nanoTime.getAsLong() - madeAt >= quietNanos;
    }

    /** Returns the queue with a forecast: of itself if there is time for one, else that of a moment ago. */
    QueueView view(QueueLook queue) {
        if (!rested()) {
            news = true;
            last = last.seenAgain(queue.ids());
            return last;
        }
        news = false;
        madeAt = nanoTime.getAsLong();
        last = new QueueView(queue.ids(), forecast(queue), madeAt);
        long took = nanoTime.getAsLong() - madeAt;
        quietNanos = Math.min(MOST_QUIET_NANOS, TIMES_ITS_COST * took);
        return last;
    }

    private Forecast forecast(QueueLook queue) {
        int size = queue.ids().size();
        try {
            return new Forecast(loads.heard(), queue.claimed(), queue.first(), size, paces);
        } catch (RuntimeException failure) {
            // whoever asks for a task is to get it, with a forecast or without
            if (!failed) {
                failed = true;
                LOG.error("The queue can't be forecast, so that remaining times are missing", failure);
            }
            return new Forecast(List.of(), List.of(), size, paces);
        }
    }
}
