package dev.darkroom.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.bus.TaskRow.More;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Between the columns of a task and its records. */
final class TaskRows {

    /** What {@link #read} reads; JSON as text, which the driver then leaves alone. */
    static final String COLUMNS =
            "id, task_id, kind, owner, state, priority, model, request::text, result::text, error,"
                    + " attempt, node, stop_requested, submitted, started, finished, webhook_url, saved::text,"
                    + " CASE WHEN webhook_url IS NOT NULL AND finished IS NOT NULL THEN (SELECT json_build_object("
                    + "'state', w.state, 'attempts', w.attempts,"
                    + " 'last_attempt_mills', floor(extract(epoch FROM w.last_attempt) * 1000)::bigint,"
                    + " 'next_attempt_mills', floor(extract(epoch FROM w.due) * 1000)::bigint,"
                    + " 'last_status', w.status, 'last_error', w.error)::text"
                    + " FROM webhook AS w WHERE w.task = task.id) END";

    /** How many these are. */
    static final int COUNT = 19;

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private TaskRows() {}

    /** Reads {@link #COLUMNS}; the position is left at -1, the time left unknown. */
    static TaskRow read(Row row) {
        return new TaskRow(
                row.getLong(0),
                TaskId.of(row.getUUID(1)),
                row.getString(2),
                row.getString(3),
                TaskState.ofColumn(row.getString(4)),
                row.getInteger(5),
                row.getString(6),
                row.getString(7),
                row.getString(8),
                row.getString(9),
                row.getInteger(10),
                row.getUUID(11),
                row.getBoolean(12),
                row.getOffsetDateTime(13).toInstant(),
                instant(row.getOffsetDateTime(14)),
                instant(row.getOffsetDateTime(15)),
                -1,
                new More(row.getString(16), row.getString(18), row.getString(17), null));
    }

    private static @Nullable Instant instant(@Nullable OffsetDateTime time) {
        return time == null ? null : time.toInstant();
    }

    /** Returns a result as the database keeps it. */
    static String json(TaskResult result) {
        return text(result);
    }

    /** Returns images as the database keeps them. */
    static String json(List<SavedImage> images) {
        return text(images);
    }

    private static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of texts and numbers is always JSON", e);
        }
    }

    /** Reads a result that {@link #json} wrote. */
    static TaskResult result(String json) {
        try {
            return JSON.readValue(json, TaskResult.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the database holds a result that is none: " + json, e);
        }
    }
}
