package dev.darkroom.http.fooocus;

import dev.darkroom.http.Pulse;
import dev.darkroom.task.TaskEvent;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One open stream. Progress waits in a single slot while the client's socket is full, so that a slow reader loses old
 * snapshots; the end waits in its own and is never lost. One event loop only.
 */
final class EventStream implements TaskFollower.Reader {

    private final HttpServerResponse response;
    private final EventFrames frames;
    private final String base;
    private final long heartbeatMs;
    private final Timer delay;
    private TaskEvent.@Nullable Progressed slot;
    private TaskEvent.@Nullable Ended end;
    private long slotSince;
    private long wroteAt = Pulse.now();

    /**
     * @param response chunked, with its head ready
     * @param base what stands before {@code /outputs/}
     * @param delay takes the time from the hub's call to the write
     */
    EventStream(HttpServerResponse response, EventFrames frames, String base, long heartbeatMs, Timer delay) {
        this.response = response;
        this.frames = frames;
        this.base = base;
        this.heartbeatMs = heartbeatMs;
        this.delay = delay;
    }

    /** Sends head and first event. */
    void open() {
        response.drainHandler(drained -> flush());
        write(frames.waiting());
    }

    @Override
    public void told(TaskEvent event) {
        if (event instanceof TaskEvent.Progressed progress) {
            slot = progress;
            slotSince = System.nanoTime();
            flush();
        }
    }

    @Override
    public void ended(TaskEvent.Ended event) {
        end = event;
        flush();
    }

    @Override
    public void shutdown() {
        if (isOpen()) {
            response.end(frames.shutdown());
        }
    }

    @Override
    public void beat(long now) {
        if (now - wroteAt >= heartbeatMs && isOpen() && !response.writeQueueFull()) {
            write(frames.heartbeat());
        }
    }

    private void flush() {
        if (!isOpen()) {
            return;
        }
        if (end != null) {
            // goes out even over a full queue: it is small, and nothing comes behind it
            slot = null;
            response.end(frames.end(end, base));
            return;
        }
        TaskEvent.Progressed progress = slot;
        if (progress != null && !response.writeQueueFull()) {
            slot = null;
            write(frames.progress(progress));
            delay.record(System.nanoTime() - slotSince, TimeUnit.NANOSECONDS);
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
