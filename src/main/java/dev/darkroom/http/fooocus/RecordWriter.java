package dev.darkroom.http.fooocus;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.bus.EventHub;
import dev.darkroom.bus.StoreMessage.TaskRow;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes records in FooocusAPI's shape around the request's stored text, which is not parsed. Safe from any thread. */
public final class RecordWriter {

    private static final StoredFields WEBHOOK = new StoredFields("webhook_url");
    private static final ObjectReader RESULTS = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readerFor(TaskResult.class);
    private static final Pattern PLAIN_PATH = Pattern.compile("[A-Za-z0-9/._~-]*");
    private static final String UNRESERVED = "/._~-";

    private final EventHub hub;

    public RecordWriter(EventHub hub) {
        this.hub = hub;
    }

    /** Returns what is sent before anything is known of a task but its id. */
    static String placeholder(TaskId task) {
        return "{\"id\":-1,\"task_id\":\"" + task + "\",\"req_params\":{},\"in_queue_mills\":-1,\"start_mills\":-1,"
                + "\"finish_mills\":-1,\"task_status\":\"pending\",\"progress\":-1,\"preview\":\"\",\"webhook_url\":\"\","
                + "\"result\":[]}";
    }

    /**
     * Returns a row's record.
     *
     * @param base what stands before {@code /outputs/}
     */
    String write(TaskRow row, String base) {
        StringBuilder json = new StringBuilder(row.requestJson().length() + 512);
        boolean running = row.state() == TaskState.RUNNING;
        json.append("{\"req_params\":").append(row.requestJson());
        json.append(",\"id\":").append(running ? -1 : row.id());
        json.append(",\"task_id\":\"").append(row.taskId()).append('"');
        json.append(",\"in_queue_mills\":").append(row.submitted().toEpochMilli());
        json.append(",\"start_mills\":").append(mills(row.started()));
        if (running) {
            running(json, row, base);
        } else {
            json.append(",\"finish_mills\":").append(mills(row.finished()));
            json.append(",\"task_status\":").append(status(row.state()));
            json.append(",\"progress\":").append(row.state().terminal() ? "100" : "null");
            json.append(",\"webhook_url\":");
            quote(json, webhook(row));
            end(json, row, base);
        }
        json.append(",\"status\":\"").append(row.state().column()).append('"');
        if (row.error() != null) {
            json.append(",\"error\":");
            quote(json, row.error());
        }
        if (row.state() == TaskState.PENDING && row.position() >= 0) {
            json.append(",\"position\":").append(row.position());
        }
        RecordExtras.append(json, row);
        return json.append('}').toString();
    }

    /** Returns what the row's task left. */
    public TaskResult result(TaskRow row) {
        if (row.resultJson() == null) {
            return TaskResult.EMPTY;
        }
        try {
            return RESULTS.readValue(row.resultJson());
        } catch (IOException unreadable) {
            throw new UncheckedIOException("The result of task " + row.taskId() + " is damaged", unreadable);
        }
    }

    /** Returns an image's address. */
    static String url(String base, SavedImage image) {
        return base + "/outputs/" + path(image);
    }

    /** Returns an image's path as it stands in addresses. */
    public static String path(SavedImage image) {
        String path = image.path();
        return PLAIN_PATH.matcher(path).matches() ? path : escape(path);
    }

    private void running(StringBuilder json, TaskRow row, String base) {
        TaskEvent.@Nullable Progressed progress =
                hub.latest(row.taskId()) instanceof TaskEvent.Progressed progressed ? progressed : null;
        json.append(",\"finish_mills\":-1,\"task_status\":\"running\"");
        json.append(",\"progress\":").append(progress == null ? 0 : progress.progress());
        json.append(",\"preview\":");
        if (progress == null || progress.preview() == null) {
            json.append("null");
        } else {
            json.append('"')
                    .append(Base64.getEncoder()
                            .encodeToString(progress.preview().png()))
                    .append('"');
        }
        json.append(",\"webhook_url\":\"\",\"result\":");
        list(json, urls(RecordExtras.saved(row), base));
    }

    private void end(StringBuilder json, TaskRow row, String base) {
        if (!row.state().terminal()) {
            json.append(",\"result\":null");
            return;
        }
        TaskResult result = result(row);
        json.append(",\"result\":");
        list(json, urls(result.images(), base));
        if (!result.notes().isEmpty()) {
            json.append(",\"notes\":");
            list(json, result.notes());
        }
    }

    private static String status(TaskState state) {
        return switch (state) {
            case PENDING -> "null";
            case STOPPED -> "\"stop\"";
            default -> '"' + state.column() + '"';
        };
    }

    private static String mills(@Nullable Instant time) {
        return time == null ? "null" : Long.toString(time.toEpochMilli());
    }

    private static List<String> urls(List<SavedImage> images, String base) {
        return images.stream().map(image -> url(base, image)).toList();
    }

    /** Returns who is told: the row's, or that of the request, which rows of older releases have alone. */
    private static String webhook(TaskRow row) {
        String url = row.more().webhookUrl();
        if (url == null && WEBHOOK.read(row.requestJson()).get("webhook_url") instanceof String sent) {
            url = sent;
        }
        return url == null ? "" : url;
    }

    static void list(StringBuilder json, List<String> texts) {
        json.append('[');
        for (int i = 0; i < texts.size(); i++) {
            if (i > 0) {
                json.append(',');
            }
            quote(json, texts.get(i));
        }
        json.append(']');
    }

    static void quote(StringBuilder json, String text) {
        json.append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, json);
        json.append('"');
    }

    private static String escape(String path) {
        StringBuilder escaped = new StringBuilder();
        for (byte one : path.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            char letter = (char) (one & 0xff);
            boolean plain = letter < 128 && (Character.isLetterOrDigit(letter) || UNRESERVED.indexOf(letter) >= 0);
            escaped.append(plain ? String.valueOf(letter) : "%%%02X".formatted((int) letter));
        }
        return escaped.toString();
    }
}
