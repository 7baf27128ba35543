package dev.darkroom;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How to take a node down: step by step, the latest that stands first. Safe from any thread. */
final class TakeDown {

    private static final Logger LOG = LoggerFactory.getLogger(TakeDown.class);

    private final Deque<Supplier<Future<?>>> drains = new ArrayDeque<>();
    private final Deque<Supplier<Future<?>>> steps = new ArrayDeque<>();

    /** Adds what is done before anything is taken down. */
    synchronized void drain(Supplier<Future<?>> step) {
        drains.push(step);
    }

    /** Adds how to take down what stands now. */
    synchronized void down(Supplier<Future<?>> step) {
        steps.push(step);
    }

    /** Takes down what stands; nothing the second time. A step that fails does not keep the others. */
    Future<Void> run() {
        Promise<Void> stopped = Promise.promise();
        // on a thread that outlives Vert.x, whose end is the last step
        new Thread(
                        () -> {
                            for (Supplier<Future<?>> next = next(); next != null; next = next()) {
                                take(next);
                            }
                            stopped.complete();
                        },
                        "darkroom-stop")
                .start();
        return stopped.future();
    }

    private static void take(Supplier<Future<?>> step) {
        try {
            step.get().toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException failure) {
            LOG.warn("A part of the server did not stop in order", failure.getCause());
        }
    }

    private synchronized @Nullable Supplier<Future<?>> next() {
        return drains.isEmpty() ? steps.poll() : drains.poll();
    }
}
