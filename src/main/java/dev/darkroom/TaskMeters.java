package dev.darkroom;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.TaskState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.function.ToLongFunction;

/**
 * Keeps the numbers of tasks by state where the metrics page finds them: {@code darkroom.tasks} with the tag
 * {@code state}, {@code pending} being the queue's depth. While the database does not answer they keep their last value.
 */
final class TaskMeters extends VerticleBase {

    private static final Duration APART = Duration.ofSeconds(5);

    private final MeterRegistry registry;
    private volatile StoreMessage.Counts counts = new StoreMessage.Counts(0, 0, 0, 0, 0, 0);

    TaskMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Future<?> start() {
        gauge(TaskState.PENDING, StoreMessage.Counts::pending);
        gauge(TaskState.RUNNING, StoreMessage.Counts::running);
        gauge(TaskState.FINISHED, StoreMessage.Counts::finished);
        gauge(TaskState.STOPPED, StoreMessage.Counts::stopped);
        gauge(TaskState.FAILED, StoreMessage.Counts::failed);
        gauge(TaskState.TIMED_OUT, StoreMessage.Counts::timedOut);
        vertx.setPeriodic(0, APART.toMillis(), timer -> count());
        return Future.succeededFuture();
    }

    private void gauge(TaskState state, ToLongFunction<StoreMessage.Counts> number) {
        Gauge.builder("darkroom.tasks", this, meters -> number.applyAsLong(meters.counts))
                .description("Tasks: waiting and running now, ended since the start of the node")
                .tag("state", state.column())
                .register(registry);
    }

    private void count() {
        vertx.eventBus()
                .<StoreMessage.Counts>request(Addresses.STORE, new StoreMessage.Count())
                .onSuccess(reply -> counts = reply.body());
    }
}
