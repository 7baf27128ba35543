package dev.darkroom.bus;

import dev.darkroom.task.TaskEvent;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The readers of one task that share an event loop. An event takes one hop to the loop, whatever their number. While the
 * loop lags, old progress is dropped, never a fact.
 *
 * <p>{@link #offer} comes from any thread, everything else happens on the loop.
 */
final class ReaderGroup {

    private static final Logger LOG = LoggerFactory.getLogger(ReaderGroup.class);

    /** How many events wait for a lagging loop before the oldest progress is dropped. */
    private static final int BACKLOG = 64;

    private final ContextInternal loop;
    private final @Nullable Timer delay;
    private final ArrayDeque<Parcel> pending = new ArrayDeque<>();
    private final Set<Reader> readers = new LinkedHashSet<>();

    /**
     * @param loop the context behind the readers' own ones
     * @param delay takes the time from telling to delivery
     */
    ReaderGroup(ContextInternal loop, @Nullable Timer delay) {
        this.loop = loop;
        this.delay = delay;
    }

    /** @param only the one reader that is to get it, or null for all */
    private record Parcel(
            TaskEvent event, long toldNanos, @Nullable Reader only) {}

    /** One reader, with the last event that it got. */
    static final class Reader {
        private final ContextInternal context;
        private final Consumer<TaskEvent> consumer;
        private @Nullable TaskEvent last;

        Reader(ContextInternal context, Consumer<TaskEvent> consumer) {
            this.context = context;
            this.consumer = consumer;
        }

        private void take(TaskEvent event) {
            if (last != null && !event.isNewerThan(last)) {
                return;
            }
            last = event;
            context.dispatch(event, taken -> {
                try {
                    consumer.accept(taken);
                } catch (RuntimeException broken) {
                    LOG.error("A reader of task {} failed", taken.taskId(), broken);
                }
            });
        }
    }

    void add(Reader reader) {
        readers.add(reader);
    }

    boolean remove(Reader reader) {
        return readers.remove(reader);
    }

    boolean isEmpty() {
        return readers.isEmpty();
    }

    /** Brings an event to the loop, behind those that were offered before. */
    void offer(TaskEvent event, @Nullable Reader only) {
        synchronized (pending) {
            pending.addLast(new Parcel(event, System.nanoTime(), only));
            if (pending.size() > BACKLOG) {
                dropOldestProgress();
            }
            if (pending.size() > 1) {
                return;
            }
        }
        loop.runOnContext(ignored -> deliver());
    }

    private void dropOldestProgress() {
        for (Iterator<Parcel> parcels = pending.iterator(); parcels.hasNext(); ) {
            if (parcels.next().event() instanceof TaskEvent.Progressed) {
                parcels.remove();
                return;
            }
        }
    }

    private void deliver() {
        Parcel[] parcels;
        synchronized (pending) {
            parcels = pending.toArray(Parcel[]::new);
            pending.clear();
        }
        for (Parcel parcel : parcels) {
            if (delay != null) {
                delay.record(System.nanoTime() - parcel.toldNanos(), TimeUnit.NANOSECONDS);
            }
            if (parcel.only() != null) {
                if (readers.contains(parcel.only())) {
                    parcel.only().take(parcel.event());
                }
            } else {
                // a copy, since a reader may leave while it reads
                for (Reader reader : readers.toArray(Reader[]::new)) {
                    if (readers.contains(reader)) {
                        reader.take(parcel.event());
                    }
                }
            }
        }
    }
}
