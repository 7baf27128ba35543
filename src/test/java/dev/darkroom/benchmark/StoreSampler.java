package dev.darkroom.benchmark;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.store.Awaited;
import dev.darkroom.store.DatabaseConfig;
import dev.darkroom.store.TaskVerticle;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A node that samples nothing: it claims a batch, sleeps a step, ends the batch, and meanwhile claims the next one, as a
 * device's lane does. It has a Vert.x, a task store and connections of its own.
 */
final class StoreSampler implements AutoCloseable {

    private static final Duration LEASE = Duration.ofSeconds(30);

    private final Vertx vertx = Vertx.vertx();
    private final UUID node = UUID.randomUUID();
    private final int batch;
    private final long stepMillis;
    private volatile boolean over;
    private volatile long done;

    /**
     * @param batch tasks that it claims at once
     * @param stepMillis that a batch takes; 0: tasks are claimed and nothing else
     */
    StoreSampler(PgConnectOptions database, int batch, long stepMillis) throws Exception {
        this.batch = batch;
        this.stepMillis = stepMillis;
        MessageCodecs.register(vertx);
        DatabaseConfig config = new DatabaseConfig("", Path.of("unused"), 0, 4, 10_000_000);
        Awaited.get(vertx.deployVerticle(new TaskVerticle(config, database, false)));
    }

    /** Returns how many tasks it has ended, or claimed if it ends none. */
    long done() {
        return done;
    }

    void begin() {
        vertx.getOrCreateContext().runOnContext(now -> claim().onSuccess(this::next));
    }

    private Future<List<StoreMessage.ClaimedTask>> claim() {
        return this.<StoreMessage.Claimed>ask(new StoreMessage.Claim(node, List.of("m"), batch, LEASE))
                .map(StoreMessage.Claimed::tasks)
                .onFailure(this::fail);
    }

    private void next(List<StoreMessage.ClaimedTask> tasks) {
        if (over) {
            return;
        }
        Future<List<StoreMessage.ClaimedTask>> following = claim();
        if (stepMillis == 0) {
            done += tasks.size();
            following.onSuccess(this::next);
            return;
        }
        vertx.timer(stepMillis, TimeUnit.MILLISECONDS).onSuccess(slept -> {
            // what is being written does not hold up the device
            tasks.forEach(this::end);
            following.onSuccess(this::next);
        });
    }

    private void end(StoreMessage.ClaimedTask task) {
        ask(new StoreMessage.Complete(task.taskId(), task.attempt(), TaskState.FINISHED, TaskResult.EMPTY, null))
                .onSuccess(ended -> done++)
                .onFailure(this::fail);
    }

    private <T> Future<T> ask(StoreMessage message) {
        return vertx.eventBus().<T>request(Addresses.STORE, message).map(reply -> reply.body());
    }

    private void fail(Throwable failure) {
        if (!over) {
            throw new IllegalStateException("the database can't keep up", failure);
        }
    }

    @Override
    public void close() {
        over = true;
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
