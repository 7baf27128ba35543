package dev.darkroom.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Fails what was not answered in time. All are given the same time, so that the oldest is always the next to fail and one
 * timer serves everybody: {@link Future#timeout} would wake another thread twice for each, which costs as much as a
 * quick answer. For one event loop.
 */
final class Patience {

    private static final int LOOKS = 12;

    private final Vertx vertx;
    private final long milliseconds;
    private final Deque<Waiting<?>> waiting = new ArrayDeque<>();
    private boolean looking;

    /** Who waits; keeps nothing of the answer once it is there. */
    private static final class Waiting<T> {
        private final long since = System.nanoTime() / 1_000_000;
        private @Nullable Promise<T> promise;

        Waiting(Promise<T> promise) {
            this.promise = promise;
        }

        void answered(Future<T> answer) {
            Promise<T> open = promise;
            promise = null;
            if (open != null && answer.succeeded()) {
                open.complete(answer.result());
            } else if (open != null) {
                open.fail(answer.cause());
            }
        }
    }

    /** @param milliseconds that everybody is given; some more may pass */
    Patience(Vertx vertx, long milliseconds) {
        this.vertx = vertx;
        this.milliseconds = milliseconds;
    }

    /** Returns {@code answer}, or a failed future with a {@link TimeoutException} once that took too long. */
    <T> Future<T> bound(Future<T> answer) {
        if (answer.isComplete()) {
            return answer;
        }
        Promise<T> promise = Promise.promise();
        Waiting<T> one = new Waiting<>(promise);
        answer.onComplete(done -> one.answered(answer));
        forgetAnswered();
        waiting.add(one);
        if (!looking) {
            looking = true;
            vertx.setTimer(Math.max(1, milliseconds / LOOKS), timer -> look());
        }
        return promise.future();
    }

    private void look() {
        long latest = System.nanoTime() / 1_000_000 - milliseconds;
        for (Waiting<?> one = waiting.peek(); one != null && one.since <= latest; one = waiting.peek()) {
            waiting.remove();
            one.answered(Future.failedFuture(new TimeoutException("no answer within %d ms".formatted(milliseconds))));
        }
        forgetAnswered();
        looking = !waiting.isEmpty();
        if (looking) {
            vertx.setTimer(Math.max(1, milliseconds / LOOKS), timer -> look());
        }
    }

    private void forgetAnswered() {
        while (!waiting.isEmpty() && waiting.peek().promise == null) {
            waiting.remove();
        }
    }
}
