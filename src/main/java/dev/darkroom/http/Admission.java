package dev.darkroom.http;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.http.AuthConfig.ApiKey;
import dev.darkroom.task.TaskState;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Holds each key to its limits. The submissions of a key that has limits are taken one after the
 * other, so that what is counted is still true when the next one is kept. One per node; on several nodes a key may have
 * its limits on each. Safe from any thread.
 */
final class Admission {

    private static final int RETRY_SECONDS = 5;

    private final Vertx vertx;
    private final Map<String, Lane> lanes;

    /** @param nanoTime such as {@link System#nanoTime} */
    Admission(Vertx vertx, AuthConfig auth, LongSupplier nanoTime) {
        this.vertx = vertx;
        lanes = auth.keys().stream()
                .filter(ApiKey::isBounded)
                .collect(Collectors.toUnmodifiableMap(ApiKey::name, key -> new Lane(key, nanoTime)));
    }

    /**
     * Lets a task in, if its owner's key may have one more. To be called on a Vert.x context, on which the future
     * completes.
     *
     * @param tasks asks the store
     * @param submission keeps the task
     * @return what came of the submission; or a failed future with an {@link ApiException}, 429, if a limit is reached
     */
    <T> Future<T> admit(String owner, TaskDesk tasks, Supplier<Future<T>> submission) {
        Lane lane = lanes.get(owner);
        if (lane == null) {
            return submission.get();
        }
        Context here = vertx.getOrCreateContext();
        Promise<T> result = Promise.promise();
        lane.submit(tasks, () -> on(here, submission))
                .onComplete(done -> here.runOnContext(back -> result.handle(done)));
        return result.future();
    }

    /** Submits for the request that wants it, and not for the one before it, on whose context that one ended. */
    private static <T> Future<T> on(Context request, Supplier<Future<T>> submission) {
        Promise<T> result = Promise.promise();
        request.runOnContext(ignored -> submission.get().onComplete(result));
        return result.future();
    }

    /** One key's submissions, in their order. */
    private static final class Lane {

        private final ApiKey key;
        private final RateLimit rate;
        private Future<?> last = Future.succeededFuture();
        private int inFlight;

        Lane(ApiKey key, LongSupplier nanoTime) {
            this.key = key;
            rate = new RateLimit(key.maxPerMinute(), nanoTime);
        }

        synchronized <T> Future<T> submit(TaskDesk tasks, Supplier<Future<T>> submission) {
            if (key.maxQueued() > 0 && inFlight >= key.maxQueued()) {
                return Future.failedFuture(full());
            }
            inFlight++;
            Future<T> result = last.transform(before -> admit(tasks, submission));
            last = result;
            return result.onComplete(done -> left());
        }

        private synchronized void left() {
            inFlight--;
        }

        private <T> Future<T> admit(TaskDesk tasks, Supplier<Future<T>> submission) {
            int wait = rate.secondsToWait();
            if (wait > 0) {
                String sentence =
                        "The key \"%s\" may submit %d tasks a minute.".formatted(key.name(), key.maxPerMinute());
                return Future.failedFuture(new ApiException(new ApiError.Later(429, sentence, wait)));
            }
            return isFull(tasks)
                    .compose(full -> full ? Future.failedFuture(full()) : submission.get())
                    .onSuccess(accepted -> rate.used());
        }

        private Future<Boolean> isFull(TaskDesk tasks) {
            if (key.maxQueued() == 0) {
                return Future.succeededFuture(false);
            }
            StoreMessage.Filter waiting =
                    new StoreMessage.Filter(key.name(), List.of(TaskState.PENDING), null, null, null, null);
            return tasks.search(waiting, new StoreMessage.Page(null, key.maxQueued() - 1L, 1, false))
                    .map(rows -> !rows.isEmpty());
        }

        private ApiException full() {
            String sentence = "The key \"%s\" has %d tasks waiting, as many as it may have."
                    .formatted(key.name(), key.maxQueued());
            return new ApiException(new ApiError.Later(429, sentence, RETRY_SECONDS));
        }
    }
}
