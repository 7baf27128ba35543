package dev.darkroom.store;

import dev.darkroom.store.TaskStore.Due;
import dev.darkroom.store.TaskStore.EndedTask;
import dev.darkroom.store.TaskStore.Recovery;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Looks regularly for what nobody asks for: leases that have lapsed, tasks that have waited too long, numbers that are
 * to be added up. One statement tells whether any of it is due; while no task waits or runs, even that comes rarely. For
 * one event loop.
 */
final class StoreSweep {

    private static final long BUSY_MILLISECONDS = 1_000;
    private static final long IDLE_MILLISECONDS = 3_000;
    private static final Duration PACES_APART = Duration.ofMinutes(1);

    /** After the database was away its workers get this long to prolong their leases again. */
    static final Duration GRACE = Duration.ofSeconds(10);

    /** Who hears of what a sweep did. */
    interface Listener {
        /** Leases had lapsed. */
        void recovered(Recovery recovery);

        /** Tasks had waited too long. */
        void expired(List<EndedTask> ended);
    }

    private final Vertx vertx;
    private final TaskStore store;
    private final Listener listener;
    private final Runnable answered;
    private final Consumer<Throwable> failed;
    private long timer = -1;
    private boolean sweeping;
    private boolean idle;
    private boolean stopped;
    private long graceUntil;
    private long pacesRead;
    private boolean away;

    /**
     * @param answered the database answers
     * @param failed it does not, and why
     */
    StoreSweep(Vertx vertx, TaskStore store, Listener listener, Runnable answered, Consumer<Throwable> failed) {
        this.vertx = vertx;
        this.store = store;
        this.listener = listener;
        this.answered = answered;
        this.failed = failed;
        this.pacesRead = now();
        this.graceUntil = now();
    }

    void start() {
        next(BUSY_MILLISECONDS);
    }

    void stop() {
        stopped = true;
        vertx.cancelTimer(timer);
    }

    /** A task was taken in: there will be something to look for. */
    void wake() {
        if (idle && !sweeping) {
            idle = false;
            vertx.cancelTimer(timer);
            next(BUSY_MILLISECONDS);
        }
    }

    private static long now() {
        return System.nanoTime() / 1_000_000;
    }

    private void next(long milliseconds) {
        if (!stopped) {
            timer = vertx.setTimer(milliseconds, fired -> sweep());
        }
    }

    private void sweep() {
        sweeping = true;
        store.due()
                .compose(this::attend)
                .onSuccess(due -> {
                    idle = !due.active();
                    answered.run();
                })
                .onFailure(failure -> {
                    idle = false;
                    away = true;
                    failed.accept(failure);
                })
                .onComplete(done -> {
                    sweeping = false;
                    next(idle ? IDLE_MILLISECONDS : BUSY_MILLISECONDS);
                });
    }

    private Future<Due> attend(Due due) {
        long now = now();
        if (away) {
            // the leases lapsed because nobody could prolong them, not because their workers died
            away = false;
            graceUntil = now + GRACE.toMillis();
        }
        Future<?> step = Future.succeededFuture();
        if (due.lapsed() && now >= graceUntil) {
            step = step.compose(done -> store.recover(false)).onSuccess(listener::recovered);
        }
        if (due.late()) {
            step = step.compose(done -> store.expire()).onSuccess(listener::expired);
        }
        if (due.tally()) {
            step = step.compose(done -> store.tally());
        }
        if (now - pacesRead > PACES_APART.toMillis()) {
            pacesRead = now;
            // other nodes have learned, too
            step = step.compose(done -> store.paces());
        }
        return step.map(due);
    }
}
