package dev.darkroom.http;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.Announcement;
import dev.darkroom.bus.EventHub;
import dev.darkroom.bus.TaskNotice;
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

    private static final int MOST_TOLD = 10_000;

    private final Vertx vertx;
    private final TaskDesk tasks;
    private final EventHub hub;
    private final Duration patience;
    private final Map<TaskId, Long> timers = new ConcurrentHashMap<>();
    private final Map<TaskId, Long> told = new ConcurrentHashMap<>();
    private volatile boolean closed;

    AbandonedTasks(Vertx vertx, TaskDesk tasks, EventHub hub, Duration patience) {
        this.vertx = vertx;
        this.tasks = tasks;
        this.hub = hub;
        this.patience = patience;
        if (vertx.isClustered()) {
            vertx.eventBus().<TaskNotice>consumer(Addresses.TASKS, notice -> {
                if (notice.body() instanceof TaskNotice.Followed followed) {
                    forget(followed.taskId());
                }
            });
        }
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
        forget(task);
        if (vertx.isClustered() && isNews(task)) {
            // its client may have left another node
            Announcement.publish(vertx, new TaskNotice.Followed(task));
        }
    }

    /** Who asks again and again is told of once in a while. */
    private boolean isNews(TaskId task) {
        long now = Pulse.now();
        if (told.size() > MOST_TOLD) {
            told.clear();
        }
        Long last = told.put(task, now);
        if (last != null && now - last < patience.toMillis() / 2) {
            told.put(task, last);
            return false;
        }
        return true;
    }

    private void forget(TaskId task) {
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
