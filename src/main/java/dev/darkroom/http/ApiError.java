package dev.darkroom.http;

import dev.darkroom.task.TaskId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An answer that says no. */
public sealed interface ApiError {

    /** Returns the HTTP status. */
    int status();

    /** Returns what stands under {@code detail}, as one sentence. */
    String sentence();

    /** Returns the JSON body, as maps and lists. */
    default Map<String, Object> body() {
        return Map.of("detail", sentence());
    }

    /** A status and a sentence. */
    record Plain(int status, String sentence) implements ApiError {}

    /** The request breaks the contract. */
    record Invalid(List<Detail> details) implements ApiError {
        public Invalid {
            details = List.copyOf(details);
        }

        @Override
        public int status() {
            return 422;
        }

        @Override
        public String sentence() {
            return "The request is not valid: " + details;
        }

        @Override
        public Map<String, Object> body() {
            return Map.of("detail", details);
        }
    }

    /** Not now; the client may try again after some seconds. */
    record Later(int status, String sentence, int retryAfterSeconds) implements ApiError {}

    /** A task did not give what was asked for. */
    record OfTask(int status, String sentence, TaskId task) implements ApiError {
        @Override
        public Map<String, Object> body() {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("detail", sentence);
            body.put("task_id", task.hex());
            return body;
        }
    }
}
