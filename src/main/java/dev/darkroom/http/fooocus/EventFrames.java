package dev.darkroom.http.fooocus;

import dev.darkroom.task.Preview;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes events as FooocusAPI frames them: a JSON line, an empty data line, an empty line, all ended by CR LF. The
 * last progress frame is kept, since the hub hands one event to all of its readers in a row. One event loop only.
 */
final class EventFrames {

    private static final byte[] END = "\r\ndata: \r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Buffer WAITING = frame(1, null, "Waiting for task to start ...", List.of(), null);
    private static final Buffer SHUTDOWN = Buffer.buffer(": the server shuts down, the task goes on\r\n\r\n");

    private TaskEvent.@Nullable Progressed lastEvent;
    private Buffer lastFrame = WAITING;

    /** Returns the first frame of every stream. */
    Buffer waiting() {
        return WAITING;
    }

    /** Returns a comment that says goodbye. */
    Buffer shutdown() {
        return SHUTDOWN;
    }

    /** Returns a comment that keeps the connection. */
    Buffer heartbeat() {
        return Buffer.buffer(": ping - " + java.time.Instant.now() + "\r\n\r\n");
    }

    /** Returns a snapshot's frame. */
    Buffer progress(TaskEvent.Progressed event) {
        if (event != lastEvent) {
            lastFrame = frame(event.progress(), event.preview(), event.message(), List.of(), null);
            lastEvent = event;
        }
        return lastFrame;
    }

    /**
     * Returns the last frame.
     *
     * @param base what stands before {@code /outputs/}
     */
    Buffer end(TaskEvent.Ended event, String base) {
        List<String> urls = event.result().images().stream()
                .map(image -> RecordWriter.url(base, image))
                .toList();
        boolean failed = event.state() == TaskState.FAILED || event.state() == TaskState.TIMED_OUT;
        String error = failed ? event.error() == null ? "The task failed." : event.error() : null;
        return frame(100, null, failed ? "Failed: " + error : "Finished", urls, error);
    }

    private static Buffer frame(
            int progress, @Nullable Preview preview, String message, List<String> images, @Nullable String error) {
        byte[] picture = preview == null ? new byte[0] : Base64.getEncoder().encode(preview.png());
        StringBuilder head = new StringBuilder("data: {\"progress\":").append(progress);
        head.append(",\"preview\":").append(preview == null ? "null" : "\"data:image/png;base64,");
        StringBuilder tail = new StringBuilder(preview == null ? "" : "\"").append(",\"message\":");
        RecordWriter.quote(tail, message);
        tail.append(",\"images\":");
        RecordWriter.list(tail, images);
        if (error != null) {
            tail.append(",\"error\":");
            RecordWriter.quote(tail, error);
        }
        byte[] before = head.toString().getBytes(StandardCharsets.US_ASCII);
        byte[] after = tail.append('}').toString().getBytes(StandardCharsets.UTF_8);
        byte[] frame = new byte[before.length + picture.length + after.length + END.length];
        System.arraycopy(before, 0, frame, 0, before.length);
        System.arraycopy(picture, 0, frame, before.length, picture.length);
        System.arraycopy(after, 0, frame, before.length + picture.length, after.length);
        System.arraycopy(END, 0, frame, frame.length - END.length, END.length);
        return Buffer.buffer(frame);
    }
}
