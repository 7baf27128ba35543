package dev.darkroom.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.ClusteredNodes;
import dev.darkroom.store.Awaited;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Readers of a task whose node can't be heard any more: it died, or the bus between them is cut. */
final class LostNodeTest {

    private final TaskId task = TaskId.random();
    private final UUID lost = UUID.randomUUID();
    private final AtomicLong clock = new AtomicLong();
    private final BlockingQueue<TaskEvent> read = new LinkedBlockingQueue<>();
    private volatile StoreMessage.TaskRow row = row(TaskState.RUNNING, 1, lost);
    private Vertx vertx;
    private NodeEventHub hub;

    @BeforeEach
    void open() throws Exception {
        vertx = ClusteredNodes.open(1).get(0);
        var store = vertx.eventBus().<StoreMessage>localConsumer(Addresses.STORE);
        store.handler(message -> message.reply(new StoreMessage.Found(row)));
        Awaited.get(store.completion());
        hub = hub();
        CompletableFuture<Runnable> subscribed = new CompletableFuture<>();
        vertx.getOrCreateContext().runOnContext(now -> subscribed.complete(hub.subscribe(task, read::add)));
        subscribed.get(60, TimeUnit.SECONDS);
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Claimed(task, 1, lost));
    }

    @AfterEach
    void close() throws Exception {
        Awaited.get(vertx.close());
    }

    private NodeEventHub hub() throws Exception {
        NodeEventHub made = new NodeEventHub(vertx, UUID.randomUUID(), null, clock::get);
        Awaited.get(made.start());
        return made;
    }

    @Test
    void theyGetTheEndThatTheRowHas() throws Exception {
        row = row(TaskState.FINISHED, 1, lost);
        TaskEvent event = next();
        assertThat(event)
                .isInstanceOfSatisfying(
                        TaskEvent.Ended.class,
                        ended -> assertThat(ended.state()).isEqualTo(TaskState.FINISHED));
    }

    @Test
    void theyFollowTheTaskToTheNodeThatTookItOver() throws Exception {
        NodeEventHub other = hub();
        TaskEvent step = new TaskEvent.Progressed(task, 2, 1, 10, "Sampling", 1, 30, 0, 1, null);
        other.tell(step);
        row = row(TaskState.RUNNING, 2, other.node());
        assertThat(next()).isEqualTo(step);
        assertThat(other.isWatched(task)).isTrue();
    }

    /** Lets time pass until something is read. */
    private TaskEvent next() throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        TaskEvent event = null;
        while (event == null && System.nanoTime() < until) {
            clock.addAndGet(1_000);
            event = read.poll(500, TimeUnit.MILLISECONDS);
        }
        assertThat(event).isNotNull();
        return event;
    }

    private StoreMessage.TaskRow row(TaskState state, int attempt, @Nullable UUID node) {
        Instant now = Instant.now();
        return new StoreMessage.TaskRow(
                1,
                task,
                "text-to-image",
                "",
                state,
                0,
                "m",
                "{}",
                null,
                null,
                attempt,
                node,
                false,
                now,
                now,
                state.terminal() ? now : null,
                -1);
    }
}
