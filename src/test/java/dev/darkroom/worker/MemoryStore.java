package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Answers the sampler's messages from memory, so that a test can take leases away. */
final class MemoryStore {

    private final Map<TaskId, ClaimedTask> pending = new LinkedHashMap<>();
    private final Map<TaskId, Integer> running = new LinkedHashMap<>();
    private final Map<TaskId, ClaimedTask> all = new LinkedHashMap<>();
    final BlockingQueue<StoreMessage.Complete> completed = new LinkedBlockingQueue<>();
    final BlockingQueue<StoreMessage.Lease> released = new LinkedBlockingQueue<>();
    final BlockingQueue<StoreMessage.Measured> measured = new LinkedBlockingQueue<>();
    final Map<TaskId, Map<Integer, StoreMessage.ImageCheckpoint>> checkpoints = new ConcurrentHashMap<>();
    private final Vertx vertx;
    private @Nullable Message<StoreMessage> lateEnd;

    /** How often was asked for tasks. */
    final AtomicInteger claims = new AtomicInteger();

    /** Called whenever somebody asks for tasks. */
    volatile Runnable onClaim = () -> {};

    /** Another lane is about to get the tasks that crashed. */
    volatile boolean crashedAreLocked;

    /** The next task to end loses its lease just then, and waits again. */
    volatile boolean lapsesAtTheEnd;

    /** No row takes this end. */
    volatile @Nullable TaskState refused;

    /** Tasks whose rows take no end at all, and what is answered instead. */
    final Map<TaskId, BusFailure> endless = new ConcurrentHashMap<>();

    MemoryStore(Vertx vertx) {
        this.vertx = vertx;
    }

    Future<Void> start() {
        return vertx.eventBus()
                .<StoreMessage>localConsumer(Addresses.STORE, this::answer)
                .completion();
    }

    void add(TaskId id, String model, String json) {
        add(id, model, json, 0);
    }

    void add(TaskId id, String model, String json, int priority) {
        add(new ClaimedTask(1, id, "", 0, priority, model, json));
    }

    /** Adds one that {@code crashes} servers went silent over. */
    void addCrashed(TaskId id, String model, String json, int crashes) {
        add(new ClaimedTask(1, id, "", crashes, 0, model, json, null, null, null, crashes));
    }

    private synchronized void add(ClaimedTask task) {
        TaskId id = task.taskId();
        pending.put(id, task);
        all.put(id, task);
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Added());
    }

    synchronized boolean isPending(TaskId id) {
        return pending.containsKey(id);
    }

    /** Returns how many tasks are under lease. */
    synchronized int running() {
        return running.size();
    }

    synchronized void takeLease(TaskId id) {
        running.remove(id);
    }

    private void keep(TaskId task, StoreMessage.ImageCheckpoint image) {
        Map<Integer, StoreMessage.ImageCheckpoint> images =
                checkpoints.computeIfAbsent(task, id -> new ConcurrentHashMap<>());
        StoreMessage.ImageCheckpoint before = images.get(image.image());
        byte[] input = image.input() == null && before != null ? before.input() : image.input();
        images.put(image.image(), new StoreMessage.ImageCheckpoint(image.image(), image.step(), image.state(), input));
    }

    private static TaskRow row(ClaimedTask task) {
        return new TaskRow(
                task.id(),
                task.taskId(),
                "text-to-image",
                task.owner(),
                TaskState.PENDING,
                task.priority(),
                task.model(),
                task.requestJson(),
                null,
                null,
                task.attempt(),
                null,
                false,
                Instant.EPOCH,
                null,
                null,
                0);
    }

    private synchronized void answer(Message<StoreMessage> message) {
        StoreMessage body = message.body();
        if (body instanceof StoreMessage.Claim claim) {
            claims.incrementAndGet();
            onClaim.run();
            List<ClaimedTask> claimed = new ArrayList<>();
            List<ClaimedTask> queue = new ArrayList<>(pending.values());
            queue.sort(Comparator.comparingInt(task -> -task.priority()));
            int images = 0;
            boolean cut = false;
            for (ClaimedTask task : queue) {
                if (images < claim.images()
                        && !cut
                        && claim.models().contains(task.model())
                        && (claim.above() == null || task.priority() > claim.above())) {
                    cut = task.crashed();
                    if (cut && (crashedAreLocked || !claim.empty() || !claimed.isEmpty())) {
                        break;
                    }
                    images += new JsonObject(task.requestJson()).getInteger("image_number", 1);
                    ClaimedTask taken = new ClaimedTask(
                            1,
                            task.taskId(),
                            "",
                            task.attempt() + 1,
                            task.priority(),
                            task.model(),
                            task.requestJson(),
                            null,
                            null,
                            null,
                            task.crashes());
                    pending.remove(task.taskId());
                    all.put(task.taskId(), taken);
                    running.put(task.taskId(), taken.attempt());
                    claimed.add(taken);
                }
            }
            message.reply(new StoreMessage.Claimed(claimed, cut));
            if (lateEnd != null && !claimed.isEmpty()) {
                lateEnd.reply(Boolean.FALSE);
                lateEnd = null;
            }
        } else if (body instanceof StoreMessage.Renew renew) {
            message.reply(new StoreMessage.Renewed(renew.leases().stream()
                    .filter(lease -> Integer.valueOf(lease.attempt()).equals(running.get(lease.taskId())))
                    .map(lease -> new StoreMessage.HeldLease(lease.taskId(), lease.attempt(), false))
                    .toList()));
        } else if (body instanceof StoreMessage.Search) {
            message.reply(new StoreMessage.Rows(
                    pending.values().stream().map(MemoryStore::row).toList()));
        } else if (body instanceof StoreMessage.Complete complete && endless.containsKey(complete.taskId())) {
            message.fail(endless.get(complete.taskId()).code(), "This row takes no end.");
        } else if (body instanceof StoreMessage.Complete complete && complete.state() == refused) {
            message.fail(BusFailure.INVALID.code(), "The database refuses a value.");
        } else if (body instanceof StoreMessage.Complete complete && lapsesAtTheEnd) {
            lapsesAtTheEnd = false;
            running.remove(complete.taskId());
            pending.put(complete.taskId(), all.get(complete.taskId()));
            lateEnd = message;
        } else if (body instanceof StoreMessage.Complete complete) {
            boolean taken = running.remove(complete.taskId(), complete.attempt());
            if (taken && complete.state() != TaskState.PENDING) {
                completed.add(complete);
            }
            message.reply(taken);
        } else if (body instanceof StoreMessage.Release release) {
            for (StoreMessage.Lease lease : release.leases()) {
                if (running.remove(lease.taskId(), lease.attempt())) {
                    pending.put(lease.taskId(), all.get(lease.taskId()));
                    released.add(lease);
                }
            }
            message.reply(Boolean.TRUE);
        } else if (body instanceof StoreMessage.Checkpoint checkpoint) {
            boolean held = Integer.valueOf(checkpoint.attempt()).equals(running.get(checkpoint.taskId()));
            if (held) {
                checkpoint.images().forEach(image -> keep(checkpoint.taskId(), image));
            }
            message.reply(held);
        } else if (body instanceof StoreMessage.Measured pace) {
            measured.add(pace);
            message.reply(Boolean.TRUE);
        } else if (body instanceof StoreMessage.Resume resume) {
            message.reply(new StoreMessage.Checkpoints(List.copyOf(
                    checkpoints.getOrDefault(resume.taskId(), Map.of()).values())));
        } else {
            message.fail(BusFailure.INVALID.code(), "not in this test");
        }
    }
}
