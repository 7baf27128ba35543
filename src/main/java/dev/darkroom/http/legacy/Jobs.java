package dev.darkroom.http.legacy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.bus.EventHub;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.ImageFiles;
import dev.darkroom.http.fooocus.RecordWriter;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Says tasks as the older API's jobs and results. Safe from any thread. */
final class Jobs {

    private static final ObjectReader JSON = JsonMapper.builder().build().reader();

    private final EventHub hub;
    private final RecordWriter records;
    private final ImageFiles files;

    Jobs(EventHub hub, RecordWriter records, ImageFiles files) {
        this.hub = hub;
        this.records = records;
        this.files = files;
    }

    /** Returns a task's id as the older API writes it: a UUID with its dashes. */
    static String id(TaskId task) {
        return task.uuid().toString();
    }

    /** Returns a job that was accepted just now. */
    static Map<String, Object> accepted(TaskId task, JobKind kind) {
        return job(id(task), kind.type(), "WAITING", 0, null);
    }

    /** Returns what is answered for an id that nobody knows. */
    static Map<String, Object> unknown() {
        return job("", "Not Found", "ERROR", 0, "Job not found");
    }

    /** Returns what an asynchronous request for a task of kind {@code task} hears when the queue is full. */
    static Map<String, Object> refused(String task) {
        Map<String, Object> job = job("", JobKind.typeOf(task), "ERROR", 0, null);
        job.put("job_result", List.of(result(null, null, "", "QUEUE_IS_FULL")));
        return job;
    }

    /**
     * Returns a task as a job.
     *
     * @param preview with the latest preview while it runs
     * @param base what stands before {@code /files/}
     */
    Future<Map<String, Object>> of(TaskRow row, boolean preview, String base) {
        String type = JobKind.typeOf(row.kind());
        return switch (row.state()) {
            case PENDING -> Future.succeededFuture(job(id(row.taskId()), type, "WAITING", 0, null));
            case RUNNING -> Future.succeededFuture(running(row, type, preview));
            case FAILED, TIMED_OUT -> Future.succeededFuture(job(id(row.taskId()), type, "ERROR", 0, row.error()));
            case FINISHED, STOPPED ->
                results(row, base).map(results -> {
                    Map<String, Object> job = job(id(row.taskId()), type, "SUCCESS", 100, "Finished");
                    job.put("job_result", results);
                    return job;
                });
        };
    }

    private Map<String, Object> running(TaskRow row, String type, boolean preview) {
        TaskEvent.@Nullable Progressed event =
                hub.latest(row.taskId()) instanceof TaskEvent.Progressed progressed ? progressed : null;
        Map<String, Object> job = job(
                id(row.taskId()),
                type,
                "RUNNING",
                event == null ? 0 : event.progress(),
                event == null ? null : message(event));
        if (preview && event != null && event.preview() != null) {
            job.put(
                    "job_step_preview",
                    Base64.getEncoder().encodeToString(event.preview().png()));
        }
        return job;
    }

    /** The older API counts steps from 0, and images from 1. */
    private static String message(TaskEvent.Progressed event) {
        return event.steps() == 0
                ? event.message()
                : "Step %d/%d in the %d-th Sampling"
                        .formatted(Math.max(0, event.step() - 1), event.steps(), event.image() + 1);
    }

    /** Returns a job of {@code job-history}. */
    static Map<String, Object> brief(TaskRow row) {
        Map<String, Object> job = new LinkedHashMap<>();
        job.put("job_id", id(row.taskId()));
        job.put("in_queue_mills", row.submitted().toEpochMilli());
        job.put("start_mills", mills(row.started()));
        job.put("finish_mills", mills(row.finished()));
        job.put("is_finished", row.state().terminal());
        return job;
    }

    /** Returns what an ended task left, read with its files if its request wants them in the answer. */
    Future<List<Map<String, Object>>> results(TaskRow row, String base) {
        JsonNode request = request(row);
        boolean withFiles = request.path("require_base64").asBoolean();
        Future<List<Map<String, Object>>> results = Future.succeededFuture(new ArrayList<>());
        for (SavedImage image : records.result(row).images()) {
            results = results.compose(before -> (withFiles ? base64(image) : Future.<String>succeededFuture(null))
                    .map(data -> {
                        String url = base + "/files/" + RecordWriter.path(image);
                        before.add(result(data, url, Long.toString(image.seed()), "SUCCESS"));
                        return before;
                    }));
        }
        return results.map(done -> {
            if (done.isEmpty() && row.state() != TaskState.FINISHED) {
                done.add(nothing(row, request.path("image_seed").asText("")));
            }
            return done;
        });
    }

    private static Map<String, Object> nothing(TaskRow row, String seed) {
        if (row.state() == TaskState.STOPPED) {
            return result(null, null, seed, "USER_CANCEL");
        }
        Map<String, Object> failed = result(null, null, seed, "ERROR");
        failed.put("error", row.error());
        return failed;
    }

    private Future<String> base64(SavedImage image) {
        String path = image.path();
        ImageFormat format =
                ImageFormat.named(path.substring(path.lastIndexOf('.') + 1)).orElse(ImageFormat.PNG);
        return files.read(path, format)
                .map(bytes -> "data:%s;base64,%s"
                        .formatted(format.mediaType(), Base64.getEncoder().encodeToString(bytes.getBytes())));
    }

    static Map<String, Object> result(@Nullable String base64, @Nullable String url, String seed, String reason) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("base64", base64);
        result.put("url", url);
        result.put("seed", seed);
        result.put("finish_reason", reason);
        return result;
    }

    private static Map<String, Object> job(
            String id, String type, String stage, int progress, @Nullable String status) {
        Map<String, Object> job = new LinkedHashMap<>();
        job.put("job_id", id);
        job.put("job_type", type);
        job.put("job_stage", stage);
        job.put("job_progress", progress);
        job.put("job_status", status);
        job.put("job_step_preview", null);
        job.put("job_result", null);
        return job;
    }

    /** Returns the stored request. */
    static JsonNode request(TaskRow row) {
        try {
            return JSON.readTree(row.requestJson());
        } catch (IOException unreadable) {
            throw new UncheckedIOException("The request of task " + row.taskId() + " is damaged", unreadable);
        }
    }

    private static long mills(@Nullable Instant time) {
        return time == null ? 0 : time.toEpochMilli();
    }
}
