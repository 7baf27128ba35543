package dev.darkroom.http.fooocus;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import io.vertx.core.buffer.Buffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Encodes events for {@code /tasks/{task_id}/events}: an id, a name and one line of JSON. The last progress frame is
 * kept, since the hub hands one event to all of its readers in a row. One event loop only.
 */
final class TaskEventFrames {

    private TaskEvent.@Nullable Progressed lastEvent;
    private Buffer lastFrame = Buffer.buffer();

    /** Returns a whole record, under the name {@code task} or, at the end, {@code ended}. */
    static Buffer record(String name, EventId id, String record) {
        return frame(id, name, record);
    }

    /** Returns the frame of a task that waits; without an id, since nothing new has happened to it. */
    static Buffer waiting(TaskRow row) {
        StringBuilder json = new StringBuilder("{\"task_id\":\"")
                .append(row.taskId())
                .append("\",\"status\":\"pending\",\"position\":")
                .append(row.position());
        RecordExtras.append(json, row);
        return frame(null, "queued", json.append('}').toString());
    }

    /** Returns the frame of a claim. */
    static Buffer started(TaskEvent.Started event) {
        return frame(
                EventId.of(event),
                "started",
                "{\"task_id\":\"%s\",\"status\":\"running\",\"attempt\":%d}"
                        .formatted(event.taskId(), event.attempt()));
    }

    /** Returns a snapshot's frame. */
    Buffer progress(TaskEvent.Progressed event) {
        if (event != lastEvent) {
            StringBuilder json = new StringBuilder("{\"task_id\":\"")
                    .append(event.taskId())
                    .append("\",\"status\":\"running\",\"progress\":")
                    .append(event.progress())
                    .append(",\"message\":");
            RecordWriter.quote(json, event.message());
            json.append(",\"step\":").append(event.step());
            json.append(",\"steps\":").append(event.steps());
            json.append(",\"image\":").append(event.image());
            json.append(",\"images\":").append(event.images());
            json.append(",\"preview\":");
            if (event.preview() == null) {
                json.append("null");
            } else {
                json.append("\"data:image/png;base64,")
                        .append(Base64.getEncoder()
                                .encodeToString(event.preview().png()))
                        .append('"');
            }
            lastFrame = frame(EventId.of(event), "progress", json.append('}').toString());
            lastEvent = event;
        }
        return lastFrame;
    }

    /**
     * Returns the frame of a saved image.
     *
     * @param id of the event that told of it, or null
     */
    static Buffer image(@Nullable EventId id, TaskId task, SavedImage image, String base) {
        StringBuilder json = new StringBuilder("{\"task_id\":\"")
                .append(task)
                .append("\",\"index\":")
                .append(image.index())
                .append(",\"url\":");
        RecordWriter.quote(json, RecordWriter.url(base, image));
        json.append(",\"seed\":").append(image.seed());
        json.append(",\"width\":").append(image.width());
        json.append(",\"height\":").append(image.height());
        return frame(id, "image", json.append('}').toString());
    }

    /** Returns a comment that keeps the connection. */
    static Buffer heartbeat() {
        return Buffer.buffer(": ping\n\n");
    }

    /** Returns a goodbye, and after how many milliseconds a client should come again. */
    static Buffer shutdown() {
        return Buffer.buffer("retry: 1000\n: the server shuts down, the task goes on\n\n");
    }

    private static Buffer frame(@Nullable EventId id, String name, String json) {
        return Buffer.buffer((id == null ? "" : "id: " + id + "\n") + "event: " + name + "\ndata: " + json + "\n\n");
    }
}
