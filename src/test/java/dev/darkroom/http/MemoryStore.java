package dev.darkroom.http;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.TaskRow;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.jackson.DatabindCodec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Stands in for the task store on the event bus, in memory. */
public final class MemoryStore {

    private final UUID node;
    private final Map<Long, TaskRow> rows = new ConcurrentSkipListMap<>();
    private final Map<String, TaskId> keys = new ConcurrentHashMap<>();
    final LinkedBlockingQueue<TaskId> stops = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<StoreMessage.NewTask> submitted = new LinkedBlockingQueue<>();
    final AtomicInteger searches = new AtomicInteger();
    volatile @Nullable BusFailure failure;

    public MemoryStore(Vertx vertx, UUID node) {
        this.node = node;
        vertx.eventBus().<StoreMessage>localConsumer(Addresses.STORE, this::handle);
    }

    private synchronized void handle(Message<StoreMessage> message) {
        BusFailure broken = failure;
        if (broken != null) {
            message.fail(broken.code(), "told by the test");
            return;
        }
        StoreMessage body = message.body();
        if (body instanceof StoreMessage.Submit submit) {
            message.reply(submit(submit.task()));
        } else if (body instanceof StoreMessage.Find find) {
            message.reply(new StoreMessage.Found(find(find.taskId(), find.owner())));
        } else if (body instanceof StoreMessage.Search search) {
            searches.incrementAndGet();
            message.reply(new StoreMessage.Rows(search(search)));
        } else if (body instanceof StoreMessage.Count) {
            message.reply(new StoreMessage.Counts(count(TaskState.PENDING), count(TaskState.RUNNING), 0, 0, 0, 0));
        } else if (body instanceof StoreMessage.RequestStop stop) {
            message.reply(stop(stop));
        } else if (body instanceof StoreMessage.OldestRunning running) {
            message.reply(new StoreMessage.Found(rows.values().stream()
                    .filter(row ->
                            row.state() == TaskState.RUNNING && row.owner().equals(running.owner()))
                    .findFirst()
                    .orElse(null)));
        } else if (body instanceof StoreMessage.Delete delete) {
            List<TaskRow> gone = rows.values().stream()
                    .filter(row -> row.state().terminal() && matches(row, delete.filter()))
                    .toList();
            gone.forEach(row -> rows.remove(row.id()));
            message.reply(new StoreMessage.Deleted(
                    gone.stream().map(row -> TaskResult.EMPTY).toList()));
        } else {
            message.fail(BusFailure.INVALID.code(), "the stand-in does not know " + body);
        }
    }

    private StoreMessage.Accepted submit(StoreMessage.NewTask task) {
        if (task.idempotencyKey() != null) {
            TaskId first = keys.putIfAbsent(task.owner() + "/" + task.idempotencyKey(), task.taskId());
            if (first != null) {
                return new StoreMessage.Accepted(find(first, null).id(), first);
            }
        }
        long id = rows.size() + 1L;
        rows.put(
                id,
                row(
                        id,
                        task.taskId(),
                        task.owner(),
                        task.model(),
                        task.requestJson(),
                        TaskState.PENDING,
                        null,
                        null,
                        null));
        submitted.add(task);
        return new StoreMessage.Accepted(id, task.taskId());
    }

    private StoreMessage.Stopping stop(StoreMessage.RequestStop stop) {
        TaskRow row = find(stop.taskId(), stop.owner());
        if (row == null) {
            return new StoreMessage.Stopping(StoreMessage.StopOutcome.UNKNOWN, null);
        }
        stops.add(stop.taskId());
        return new StoreMessage.Stopping(StoreMessage.StopOutcome.REQUESTED, node);
    }

    @Nullable
    synchronized TaskRow find(TaskId task, @Nullable String owner) {
        return rows.values().stream()
                .filter(row -> row.taskId().equals(task))
                .filter(row -> owner == null || row.owner().equals(owner))
                .findFirst()
                .orElse(null);
    }

    /** Changes a row's state. */
    synchronized void put(TaskId task, TaskState state, @Nullable TaskResult result, @Nullable String error) {
        TaskRow old = find(task, null);
        String json = null;
        if (result != null) {
            try {
                json = DatabindCodec.mapper().writeValueAsString(result);
            } catch (com.fasterxml.jackson.core.JsonProcessingException unwritable) {
                throw new IllegalStateException(unwritable);
            }
        }
        rows.put(
                old.id(),
                row(old.id(), task, old.owner(), old.model(), old.requestJson(), state, json, error, Instant.now()));
    }

    /** Adds many ended rows. */
    synchronized void fill(int count) {
        for (int i = 0; i < count; i++) {
            long id = rows.size() + 1L;
            rows.put(
                    id,
                    row(
                            id,
                            TaskId.random(),
                            "",
                            "tiny",
                            "{\"prompt\":\"p" + i + "\"}",
                            TaskState.FINISHED,
                            null,
                            null,
                            Instant.now()));
        }
    }

    private TaskRow row(
            long id,
            TaskId task,
            String owner,
            String model,
            String json,
            TaskState state,
            @Nullable String result,
            @Nullable String error,
            @Nullable Instant finished) {
        boolean waits = state == TaskState.PENDING;
        return new TaskRow(
                id,
                task,
                "text-to-image",
                owner,
                state,
                0,
                model,
                json,
                result,
                error,
                waits ? 0 : 1,
                waits ? null : node,
                false,
                Instant.now(),
                waits ? null : Instant.now(),
                state.terminal() ? finished : null,
                waits ? 0 : -1);
    }

    private List<TaskRow> search(StoreMessage.Search search) {
        StoreMessage.Page page = search.page();
        Comparator<TaskRow> order = Comparator.comparingLong(TaskRow::id);
        return new ArrayList<>(rows.values().stream()
                .sorted(page.newestFirst() ? order.reversed() : order)
                .filter(row -> page.after() == null
                        || (page.newestFirst() ? row.id() < page.after() : row.id() > page.after()))
                .filter(row -> matches(row, search.filter()))
                .skip(page.offset())
                .limit(page.limit())
                .toList());
    }

    private static boolean matches(TaskRow row, StoreMessage.Filter filter) {
        return (filter.owner() == null || filter.owner().equals(row.owner()))
                && filter.states().contains(row.state())
                && (filter.promptText() == null || row.requestJson().contains(filter.promptText()))
                && (filter.from() == null || !row.submitted().isBefore(filter.from()))
                && (filter.until() == null || !row.submitted().isAfter(filter.until()));
    }

    private long count(TaskState state) {
        return rows.values().stream().filter(row -> row.state() == state).count();
    }
}
