package dev.darkroom.bus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class NodeEventHubTest {

    private final TaskId task = TaskId.random();
    private final AtomicLong clock = new AtomicLong();
    private Vertx vertx;
    private NodeEventHub hub;
    private NodeEventHub other;

    @BeforeEach
    void open() throws Exception {
        vertx = Vertx.vertx();
        MessageCodecs.register(vertx);
        hub = new NodeEventHub(vertx, UUID.randomUUID(), null, clock::get);
        other = new NodeEventHub(vertx, UUID.randomUUID(), null, clock::get);
        hub.start().compose(started -> other.start()).await(10, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Test
    void aLateReaderGetsTheLatestThenLiveEventsInOrderNoneTwice() throws Exception {
        hub.tell(step(1));
        hub.tell(step(2));
        BlockingQueue<TaskEvent> read = new LinkedBlockingQueue<>();
        subscribe(hub, read);
        hub.tell(step(3));
        hub.tell(step(3));
        hub.tell(step(1));
        hub.tell(step(4));
        hub.tell(ended());
        assertThat(take(read, 4)).containsExactly(step(2), step(3), step(4), ended());
        hub.tell(step(5));
        assertThat(hub.latest(task)).isNull();
    }

    @Test
    void readersOnManyLoopsAllGetEveryEventOnTheirOwnContext() throws Exception {
        List<BlockingQueue<TaskEvent>> queues = new ArrayList<>();
        for (int reader = 0; reader < 50; reader++) {
            BlockingQueue<TaskEvent> queue = new LinkedBlockingQueue<>();
            queues.add(queue);
            Context context = vertx.getOrCreateContext();
            CompletableFuture<Runnable> subscribed = new CompletableFuture<>();
            context.runOnContext(ignored -> subscribed.complete(hub.subscribe(task, event -> {
                if (Vertx.currentContext() == context) {
                    queue.add(event);
                }
            })));
            subscribed.get(10, TimeUnit.SECONDS);
        }
        for (int sequence = 0; sequence < 20; sequence++) {
            hub.tell(step(sequence));
        }
        for (BlockingQueue<TaskEvent> queue : queues) {
            assertThat(take(queue, 20))
                    .extracting(TaskEvent::sequence)
                    .isSorted()
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aReaderOfAnotherNodesTaskWatchesItUntilItLeaves() throws Exception {
        BlockingQueue<TaskEvent> read = new LinkedBlockingQueue<>();
        subscribe(other, read);
        hub.tell(step(0));
        assertThat(hub.isWatched(task)).isFalse();
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Claimed(task, 1, hub.node()));
        assertThat(take(read, 1)).containsExactly(step(0));
        assertThat(hub.isWatched(task)).isTrue();
        hub.tell(step(1));
        assertThat(take(read, 1)).containsExactly(step(1));
        clock.addAndGet(NodeEventHub.WATCH_FOR.toMillis() + 1);
        assertThat(hub.isWatched(task)).isFalse();
    }

    @Test
    void whoUnsubscribesHearsNothingMoreAndNobodyWatches() throws Exception {
        BlockingQueue<TaskEvent> read = new LinkedBlockingQueue<>();
        BlockingQueue<TaskEvent> witness = new LinkedBlockingQueue<>();
        Context context = vertx.getOrCreateContext();
        CompletableFuture<Boolean> left = new CompletableFuture<>();
        context.runOnContext(ignored -> {
            Runnable leave = hub.subscribe(task, read::add);
            leave.run();
            left.complete(hub.isWatched(task));
        });
        assertThat(left.get(10, TimeUnit.SECONDS)).isFalse();
        subscribe(hub, witness);
        hub.tell(step(0));
        take(witness, 1);
        assertThat(read).isEmpty();
    }

    @Test
    void aQuestionForTheStateCountsAsWatchingForSeconds() {
        hub.tell(step(0));
        assertThat(hub.latest(task)).isEqualTo(step(0));
        assertThat(hub.isWatched(task)).isTrue();
        clock.addAndGet(5001);
        assertThat(hub.isWatched(task)).isFalse();
    }

    @Test
    void stopAndSkipReachTheController() throws Exception {
        BlockingQueue<NodeMessage> heard = new LinkedBlockingQueue<>();
        hub.onControl(heard::add);
        vertx.eventBus().send(Addresses.node(hub.node()), new NodeMessage.Stop(task));
        vertx.eventBus().publish(Addresses.node(hub.node()), new NodeMessage.Skip(task));
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(new NodeMessage.Stop(task));
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(new NodeMessage.Skip(task));
    }

    private void subscribe(NodeEventHub at, BlockingQueue<TaskEvent> queue) throws Exception {
        CompletableFuture<Runnable> subscribed = new CompletableFuture<>();
        vertx.getOrCreateContext().runOnContext(ignored -> subscribed.complete(at.subscribe(task, queue::add)));
        subscribed.get(10, TimeUnit.SECONDS);
    }

    private static List<TaskEvent> take(BlockingQueue<TaskEvent> queue, int count) throws InterruptedException {
        List<TaskEvent> taken = new ArrayList<>();
        while (taken.size() < count) {
            TaskEvent event = queue.poll(10, TimeUnit.SECONDS);
            assertThat(event).as("after " + taken).isNotNull();
            taken.add(event);
        }
        return taken;
    }

    private TaskEvent step(long sequence) {
        return new TaskEvent.Progressed(task, 1, sequence, 10, "Sampling", 1, 30, 0, 1, null);
    }

    private TaskEvent ended() {
        return new TaskEvent.Ended(task, 1, 100, TaskState.FINISHED, TaskResult.EMPTY, null);
    }
}
