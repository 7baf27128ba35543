package dev.darkroom.http.fooocus;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.Pulse;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One reader of a task's events. It listens before the row is read, tells the row's state first, then what came in
 * meanwhile, then everything as it comes. Progress waits in a single slot while the client's socket is full; images and
 * the end wait behind each other and are never lost. One event loop only.
 */
final class TaskEventStream implements TaskFollower.Reader {

    private final HttpServerResponse response;
    private final TaskEventFrames frames;
    private final Function<TaskRow, String> record;
    private final Function<TaskEvent.Ended, Future<TaskRow>> endedRow;
    private final String base;
    private final EventId last;
    private final long heartbeatMs;
    private final BitSet toldImages = new BitSet();
    private final Deque<Buffer> facts = new ArrayDeque<>();
    private final Deque<TaskEvent> early = new ArrayDeque<>();
    private TaskEvent.@Nullable Ended earlyEnd;
    private TaskEvent.@Nullable Progressed slot;
    private EventId state = EventId.NONE;
    private boolean open;
    private boolean ending;
    private boolean down;
    private int position = -1;
    private long wroteAt = Pulse.now();

    /**
     * @param response not begun
     * @param record writes a row
     * @param endedRow reads the row of a task that has ended
     * @param last what the client has, or {@link EventId#NONE}
     */
    TaskEventStream(
            HttpServerResponse response,
            TaskEventFrames frames,
            Function<TaskRow, String> record,
            Function<TaskEvent.Ended, Future<TaskRow>> endedRow,
            String base,
            EventId last,
            long heartbeatMs) {
        this.response = response;
        this.frames = frames;
        this.record = record;
        this.endedRow = endedRow;
        this.base = base;
        this.last = last;
        this.heartbeatMs = heartbeatMs;
    }

    /**
     * Sends the head and the state.
     *
     * @param row of the task, which has not ended
     * @param known the latest event of its attempt, or null
     */
    void open(TaskRow row, @Nullable TaskEvent known) {
        open = true;
        if (down) {
            shutdown();
            return;
        }
        response.drainHandler(drained -> flush());
        EventId id = known == null || known.attempt() != row.attempt() || known instanceof TaskEvent.Ended
                ? new EventId(row.attempt(), 0)
                : EventId.of(known);
        // a client that has heard the latest event knows the state
        if (id.isNewerThan(last) || id.sequence() == 0) {
            RecordExtras.saved(row).forEach(image -> toldImages.set(image.index()));
            facts.add(TaskEventFrames.record("task", id, record.apply(row)));
            state = id;
        }
        position = row.position();
        flush();
        early.forEach(this::told);
        early.clear();
        TaskEvent.Ended end = earlyEnd;
        if (end != null) {
            ended(end);
        }
    }

    @Override
    public void told(TaskEvent event) {
        if (!open) {
            early.removeIf(older -> older instanceof TaskEvent.Progressed && event instanceof TaskEvent.Progressed);
            early.add(event);
            return;
        }
        EventId id = EventId.of(event);
        if (ending || !id.isNewerThan(last)) {
            return;
        }
        // what came in while the row was read, and what the state tells of already
        boolean known = !id.isNewerThan(state);
        if (event instanceof TaskEvent.ImageSaved saved) {
            tell(known ? null : id, event, saved.image());
        } else if (!known && event instanceof TaskEvent.Progressed progress) {
            slot = progress;
        } else if (!known && event instanceof TaskEvent.Started started) {
            toldImages.clear();
            facts.add(TaskEventFrames.started(started));
        }
        flush();
    }

    private void tell(@Nullable EventId id, TaskEvent event, SavedImage image) {
        if (!toldImages.get(image.index())) {
            toldImages.set(image.index());
            facts.add(TaskEventFrames.image(id, event.taskId(), image, base));
        }
    }

    @Override
    public void waiting(TaskRow row) {
        if (open && row.position() != position) {
            position = row.position();
            facts.add(TaskEventFrames.waiting(row));
            flush();
        }
    }

    @Override
    public void ended(TaskEvent.Ended event) {
        if (!open) {
            earlyEnd = event;
            return;
        }
        ending = true;
        slot = null;
        endedRow.apply(event).onComplete(row -> {
            TaskResult result = event.result();
            result.images().forEach(image -> tell(null, event, image));
            int attempt = row.succeeded() ? row.result().attempt() : event.attempt();
            String json = row.succeeded()
                    ? record.apply(row.result())
                    : "{\"task_id\":\"%s\",\"status\":\"%s\"}"
                            .formatted(event.taskId(), event.state().column());
            facts.add(TaskEventFrames.record("ended", EventId.end(attempt), json));
            if (isOpen()) {
                // over a full queue too: it is little, and nothing comes behind it
                Buffer all = Buffer.buffer();
                facts.forEach(all::appendBuffer);
                facts.clear();
                response.end(all);
            }
        });
    }

    @Override
    public void shutdown() {
        down = true;
        if (open && isOpen()) {
            response.end(TaskEventFrames.shutdown());
        }
    }

    @Override
    public void beat(long now) {
        if (open && now - wroteAt >= heartbeatMs && isOpen() && !response.writeQueueFull()) {
            write(TaskEventFrames.heartbeat());
        }
    }

    private void flush() {
        while (isOpen() && !ending && !facts.isEmpty() && !response.writeQueueFull()) {
            write(facts.poll());
        }
        TaskEvent.Progressed progress = slot;
        if (progress != null && facts.isEmpty() && isOpen() && !ending && !response.writeQueueFull()) {
            slot = null;
            write(frames.progress(progress));
        }
    }

    private void write(Buffer frame) {
        wroteAt = Pulse.now();
        response.write(frame);
    }

    private boolean isOpen() {
        return !response.ended() && !response.closed();
    }
}
