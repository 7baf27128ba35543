package dev.darkroom.bus;

import dev.darkroom.bus.ReaderGroup.Reader;
import dev.darkroom.task.TaskEvent;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.internal.ContextInternal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of one task's events: the latest, who reads them here, which other nodes watch, and where the task
 * runs. Safe from any thread; times are milliseconds of one clock that never goes back.
 */
final class TaskChannel {

    private final @Nullable Timer delay;
    private final Map<ContextInternal, ReaderGroup> groups = new HashMap<>();
    private final Map<UUID, Long> watchers = new HashMap<>();
    private @Nullable TaskEvent latest;
    private @Nullable UUID runsOn;
    private int readers;
    private long asked = Long.MIN_VALUE / 2;
    private long touched;
    private long lookedUp;

    TaskChannel(@Nullable Timer delay, long now) {
        this.delay = delay;
        this.touched = now;
        this.lookedUp = now;
    }

    /**
     * Takes an event and brings it to the readers here.
     *
     * @return whether it was newer than what was known
     */
    synchronized boolean take(TaskEvent event, long now) {
        if (latest != null && (ended() || !event.isNewerThan(latest))) {
            return false;
        }
        latest = event;
        touched = now;
        groups.values().forEach(group -> group.offer(event, null));
        return true;
    }

    /** Adds a reader on the current context, which gets the latest event first. */
    synchronized Runnable subscribe(ContextInternal context, Consumer<TaskEvent> consumer, long now) {
        Reader reader = new Reader(context, consumer);
        ReaderGroup group = groups.computeIfAbsent(context.unwrap(), loop -> new ReaderGroup(loop, delay));
        group.add(reader);
        readers++;
        touched = now;
        if (latest != null) {
            group.offer(latest, reader);
        }
        return () -> unsubscribe(group, reader);
    }

    private synchronized void unsubscribe(ReaderGroup group, Reader reader) {
        if (group.remove(reader)) {
            readers--;
        }
        if (group.isEmpty()) {
            groups.values().remove(group);
        }
    }

    /** Another node wants the events until {@code until}. */
    synchronized void watch(UUID reader, long until) {
        watchers.put(reader, until);
    }

    /** Returns the other nodes that watch. */
    synchronized List<UUID> watchers(long now) {
        if (watchers.isEmpty()) {
            return List.of();
        }
        watchers.values().removeIf(until -> until < now);
        return List.copyOf(watchers.keySet());
    }

    /** Somebody wants to know the state. */
    synchronized @Nullable TaskEvent ask(long now) {
        asked = now;
        return ended() ? null : latest;
    }

    /** Tells whether anybody here reads, or asked after {@code since}. */
    synchronized boolean isReadHere(long since) {
        return readers > 0 || asked >= since;
    }

    synchronized boolean hasReaders() {
        return readers > 0;
    }

    synchronized @Nullable TaskEvent latest() {
        return latest;
    }

    synchronized boolean ended() {
        return latest instanceof TaskEvent.Ended;
    }

    synchronized void runsOn(UUID node, long now) {
        runsOn = node;
        touched = now;
    }

    /** Tells whether the task's row is to be read: nothing was heard of it for {@code silence}, nor was it read. */
    synchronized boolean lookup(long now, long silence) {
        if (ended() || now - Math.max(touched, lookedUp) < silence) {
            return false;
        }
        lookedUp = now;
        return true;
    }

    /** Returns the other node that runs the task, or null if none is known. */
    synchronized @Nullable UUID runsOn() {
        return runsOn;
    }

    /** Tells whether nothing happened here after {@code since}, nor anybody listens. */
    synchronized boolean isIdle(long since) {
        return readers == 0 && watchers.isEmpty() && touched < since;
    }
}
