package dev.darkroom.store;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Waits for futures on a test's own thread. */
public final class Awaited {

    private Awaited() {}

    /** Returns what {@code future} completes with, within a minute. */
    public static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** Returns why {@code future} fails, within a minute. */
    public static Throwable failure(Future<?> future) throws Exception {
        try {
            Object result = get(future);
            throw new AssertionError("it succeeded with " + result);
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }
}
