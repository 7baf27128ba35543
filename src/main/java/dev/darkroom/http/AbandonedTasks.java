package dev.darkroom.http;

import dev.darkroom.bus.EventHub;
import dev.darkroom.task.TaskId;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops tasks whose clients have left and to which nobody came back in time. One per node, since who comes back may
 * land on another event loop. Safe from any thread.
 */
public final class AbandonedTasks {

    private static final Logger LOG = LoggerFactory.getLogger(AbandonedTasks.class);

    private final Vertx vertx;
    private final TaskDesk tasks;
    private final EventHub hub;
    private final Duration patience;
    private final Map<TaskId, Long> timers = new ConcurrentHashMap<>();
    private volatile boolean closed;

    AbandonedTasks(Vertx vertx, TaskDesk tasks, EventHub hub, Duration patience) {
        this.vertx = vertx;
        this.tasks = tasks;
        this.hub = hub;
        this.patience = patience;
    }

    /** The client to which the task was bound has left. */
    public void left(TaskId task) {
        if (closed) {
            return;
        }
        timers.computeIfAbsent(task, id -> vertx.setTimer(patience.toMillis(), timer -> stopUnlessWatched(id)));
    }

    /** Somebody asked for the task: it belongs to nobody's connection any more. */
    public void cameBack(TaskId task) {
        if (timers.isEmpty()) {
            return;
        }
        Long timer = timers.remove(task);
        if (timer != null) {
            vertx.cancelTimer(timer);
        }
    }

    /** The server goes down: what runs is to go on elsewhere or later, whoever leaves now. */
    public void close() {
        closed = true;
        timers.values().forEach(vertx::cancelTimer);
        timers.clear();
    }

    private void stopUnlessWatched(TaskId task) {
        if (timers.remove(task) == null || hub.isWatched(task)) {
            return;
        }
        LOG.info("Task {} is stopped: its client left and nobody came back", task);
        tasks.stop(task, null)
                .onFailure(failure -> LOG.warn("Task {} could not be stopped: {}", task, failure.getMessage()));
    }
}
