package dev.darkroom.bus;

import dev.darkroom.bus.NodeMessage.Skip;
import dev.darkroom.bus.NodeMessage.Stop;
import dev.darkroom.bus.NodeMessage.Told;
import dev.darkroom.bus.NodeMessage.Watch;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The event hub of one node. Readers and tasks of this node meet in memory; for tasks of other nodes it asks the node
 * that runs them, again and again while somebody reads here, and answers such questions for its own tasks.
 *
 * <p>It is the only consumer of this node's address, and hands {@link Stop} and {@link Skip} on to whoever controls
 * tasks here. An ended task's last event stays for a few seconds, so that a reader who came late still gets its end.
 */
public final class NodeEventHub implements EventHub {

    /** How often a reading node asks again. */
    public static final Duration WATCH_EVERY = Duration.ofSeconds(5);

    /** How long a node's question holds. */
    public static final Duration WATCH_FOR = Duration.ofSeconds(15);

    /** After this a reader's task is looked up in the database: what the bus said may have been lost. */
    private static final Duration SILENCE = Duration.ofSeconds(5);

    /** Tasks that are looked up at a time; the others' turn comes with the next ones. */
    private static final int MOST_LOOKUPS = 512;

    /** How long a question for the state counts as watching. */
    private static final Duration ASKED_FOR = Duration.ofSeconds(5);

    /** How long an ended task's last event stays. */
    private static final Duration KEEP_ENDED = Duration.ofSeconds(10);

    /** How long a task that tells nothing is remembered; after that its row is the only source. */
    private static final Duration KEEP_SILENT = Duration.ofMinutes(10);

    /** Tasks that are remembered though nobody reads them. */
    private static final int MOST_UNREAD = 50_000;

    private final Vertx vertx;
    private final EventBus bus;
    private final NodePost post;
    private final UUID node;
    private final @Nullable Timer delay;
    private final LongSupplier clock;
    private final RecordedState recorded;
    private final Map<TaskId, TaskChannel> channels = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Consumer<NodeMessage>> controllers = new CopyOnWriteArrayList<>();
    private @Nullable MessageConsumer<NodeMessage> messages;
    private @Nullable MessageConsumer<TaskNotice> notices;
    private @Nullable MessageConsumer<TaskNotice> others;
    private long timer = -1;

    /**
     * @param node drawn anew at each start
     * @param delay takes the time from {@link #tell} to each event loop's delivery, or null
     */
    public NodeEventHub(Vertx vertx, UUID node, @Nullable Timer delay) {
        this(vertx, node, delay, () -> System.nanoTime() / 1_000_000);
    }

    /** @param clock milliseconds, never going back */
    NodeEventHub(Vertx vertx, UUID node, @Nullable Timer delay, LongSupplier clock) {
        this.vertx = vertx;
        this.bus = vertx.eventBus();
        this.post = NodePost.of(vertx);
        this.node = node;
        this.delay = delay;
        this.clock = clock;
        this.recorded = new RecordedState(bus);
    }

    /** Returns the node's name. */
    public UUID node() {
        return node;
    }

    /** Opens the node's addresses; {@link MessageCodecs} must stand. Called once. */
    public Future<Void> start() {
        messages = bus.consumer(Addresses.node(node), this::handle);
        notices = bus.consumer(Addresses.TASKS, this::notice);
        others = vertx.isClustered() ? Announcement.receive(vertx) : null;
        timer = vertx.setPeriodic(WATCH_EVERY.toMillis(), ignored -> sweep());
        return Future.join(
                        messages.completion(),
                        notices.completion(),
                        others == null ? Future.succeededFuture() : others.completion())
                .mapEmpty();
    }

    /** Closes the node's addresses. Called once, after {@link #start}. */
    public Future<Void> stop() {
        vertx.cancelTimer(timer);
        if (messages == null || notices == null) {
            return Future.succeededFuture();
        }
        return Future.join(
                        messages.unregister(),
                        notices.unregister(),
                        others == null ? Future.succeededFuture() : others.unregister())
                .mapEmpty();
    }

    /**
     * Hands every {@link Stop} and {@link Skip} for this node to {@code controller}, on the current context.
     *
     * @return ends it
     */
    public Runnable onControl(Consumer<NodeMessage> controller) {
        Context context = vertx.getOrCreateContext();
        Consumer<NodeMessage> onContext = message -> context.runOnContext(ignored -> controller.accept(message));
        controllers.add(onContext);
        return () -> controllers.remove(onContext);
    }

    @Override
    public Runnable subscribe(TaskId task, Consumer<TaskEvent> reader) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        long now = clock.getAsLong();
        Runnable[] unsubscribe = new Runnable[1];
        // within the map's lock, so that the sweep can't take the channel away in between
        TaskChannel channel = channels.compute(task, (id, known) -> {
            TaskChannel open = known == null ? new TaskChannel(delay, now) : known;
            unsubscribe[0] = open.subscribe(context, reader, now);
            return open;
        });
        if (channel.runsOn() == null && channel.latest() == null && vertx.isClustered()) {
            findRunner(task, channel);
        }
        askForEvents(task, channel);
        return unsubscribe[0];
    }

    private void findRunner(TaskId task, TaskChannel channel) {
        recorded.runningOn(task, where -> {
            channel.runsOn(where, clock.getAsLong());
            askForEvents(task, channel);
        });
    }

    @Override
    public void tell(TaskEvent event) {
        TaskChannel channel = deliver(event);
        if (channel != null) {
            channel.watchers(clock.getAsLong()).forEach(reader -> post.send(Addresses.node(reader), new Told(event)));
        }
    }

    /** Returns the task's channel, or null if the event was not news. */
    private @Nullable TaskChannel deliver(TaskEvent event) {
        long now = clock.getAsLong();
        boolean[] news = new boolean[1];
        TaskChannel channel = channels.compute(event.taskId(), (id, known) -> {
            if (known == null && channels.size() >= MOST_UNREAD) {
                return null;
            }
            TaskChannel open = known == null ? new TaskChannel(delay, now) : known;
            news[0] = open.take(event, now);
            return open;
        });
        return news[0] ? channel : null;
    }

    @Override
    public boolean isWatched(TaskId task) {
        TaskChannel channel = channels.get(task);
        long now = clock.getAsLong();
        return channel != null
                && (channel.isReadHere(now - ASKED_FOR.toMillis())
                        || !channel.watchers(now).isEmpty());
    }

    @Override
    public @Nullable TaskEvent latest(TaskId task) {
        TaskChannel channel = channels.get(task);
        long now = clock.getAsLong();
        if (channel == null) {
            if (vertx.isClustered() && channels.size() < MOST_UNREAD) {
                // claimed before this node came, or while it was cut off; the next question finds more
                TaskChannel opened = channels.computeIfAbsent(task, id -> new TaskChannel(delay, now));
                opened.ask(now);
                findRunner(task, opened);
            }
            return null;
        }
        boolean fresh = !channel.isReadHere(now - ASKED_FOR.toMillis());
        TaskEvent latest = channel.ask(now);
        if (fresh) {
            askForEvents(task, channel);
        }
        return latest;
    }

    private void askForEvents(TaskId task, TaskChannel channel) {
        UUID runner = channel.runsOn();
        if (runner != null && !runner.equals(node) && !channel.ended()) {
            post.send(Addresses.node(runner), new Watch(task, node));
        }
    }

    private void handle(Message<NodeMessage> message) {
        NodeMessage body = message.body();
        if (body instanceof Told told) {
            deliver(told.event());
        } else if (body instanceof Watch watch) {
            TaskChannel channel = channels.get(watch.taskId());
            if (channel != null) {
                channel.watch(watch.reader(), clock.getAsLong() + WATCH_FOR.toMillis());
                TaskEvent latest = channel.latest();
                if (latest != null) {
                    post.send(Addresses.node(watch.reader()), new Told(latest));
                }
            }
        } else {
            controllers.forEach(controller -> controller.accept(body));
        }
    }

    private void notice(Message<TaskNotice> message) {
        if (message.body() instanceof TaskNotice.Claimed claimed) {
            claimed(claimed);
        } else if (message.body() instanceof TaskNotice.Ended ended) {
            TaskChannel channel = channels.get(ended.taskId());
            if (channel != null && !channel.ended()) {
                // the worker's own word usually follows within a millisecond; if not, the row has it
                vertx.setTimer(200, ignored -> endFromRecord(ended.taskId(), channel));
            }
        }
    }

    private void claimed(TaskNotice.Claimed claimed) {
        long now = clock.getAsLong();
        boolean elsewhere = !claimed.node().equals(node);
        TaskChannel channel = channels.get(claimed.taskId());
        if (channel == null && elsewhere && channels.size() < MOST_UNREAD) {
            channel = channels.computeIfAbsent(claimed.taskId(), id -> new TaskChannel(delay, now));
        }
        if (channel != null) {
            channel.runsOn(claimed.node(), now);
            if (channel.isReadHere(now - ASKED_FOR.toMillis())) {
                askForEvents(claimed.taskId(), channel);
            }
        }
    }

    private void endFromRecord(TaskId task, TaskChannel channel) {
        if (channel.ended()) {
            return;
        }
        if (channel.hasReaders() || !channel.watchers(clock.getAsLong()).isEmpty()) {
            recorded.end(task, this::tell);
        } else {
            channels.remove(task, channel);
        }
    }

    /** Asks other nodes again, looks up whom it has not heard of, and forgets what nobody needs. */
    private void sweep() {
        long now = clock.getAsLong();
        int[] lookups = {vertx.isClustered() ? MOST_LOOKUPS : 0};
        channels.forEach((task, channel) -> {
            channel.watchers(now);
            Duration keep = channel.ended() ? KEEP_ENDED : KEEP_SILENT;
            if (channel.isIdle(now - keep.toMillis())) {
                channels.computeIfPresent(task, (id, known) -> known.isIdle(now - keep.toMillis()) ? null : known);
            } else if (channel.isReadHere(now - ASKED_FOR.toMillis())) {
                askForEvents(task, channel);
                if (lookups[0] > 0 && !node.equals(channel.runsOn()) && channel.lookup(now, SILENCE.toMillis())) {
                    lookups[0]--;
                    lookUp(task, channel);
                }
            }
        });
    }

    /** The bus may have lost a claim, a takeover or the end. */
    private void lookUp(TaskId task, TaskChannel channel) {
        recorded.find(task, row -> {
            if (row.state().terminal()) {
                tell(RecordedState.ended(row));
            } else if (row.node() != null && row.state() == TaskState.RUNNING) {
                boolean news = !row.node().equals(channel.runsOn());
                if (news) {
                    channel.runsOn(row.node(), clock.getAsLong());
                    askForEvents(task, channel);
                }
            }
        });
    }
}
