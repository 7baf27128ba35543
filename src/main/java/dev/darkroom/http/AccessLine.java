package dev.darkroom.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import org.jspecify.annotations.Nullable;

/**
 * What the access log tells of one request.
 *
 * @param epochMillis when it was answered, or its client had left
 * @param client the peer's address, if the connection still knew it
 * @param key the name of the API key, or empty
 * @param path without the query
 * @param millis from the request's head to the answer's end
 * @param bytes of the answer
 * @param left the client did not wait for all of the answer
 * @param task that the request was about
 * @param prompt if prompts are noted
 */
record AccessLine(
        long epochMillis,
        @Nullable String client,
        String key,
        String method,
        String path,
        int status,
        long millis,
        long bytes,
        boolean left,
        @Nullable String task,
        @Nullable String prompt) {

    /** What a line holds beside its texts, roughly. */
    private static final int FRAME_CHARACTERS = 200;

    /** Returns about how many characters it has. */
    int length() {
        return FRAME_CHARACTERS + path.length() + (prompt == null ? 0 : prompt.length());
    }

    /** Appends it as one object of JSON, without a line's end. */
    void appendTo(StringBuilder json, InstantText time) {
        json.append("{\"time\":\"");
        time.append(json, epochMillis);
        json.append("\",\"client\":");
        quote(json, client);
        json.append(",\"key\":");
        quote(json, key);
        json.append(",\"method\":");
        quote(json, method);
        json.append(",\"path\":");
        quote(json, path);
        json.append(",\"status\":").append(status);
        json.append(",\"ms\":").append(millis);
        json.append(",\"bytes\":").append(bytes);
        if (left) {
            json.append(",\"left\":true");
        }
        if (task != null) {
            json.append(",\"task\":");
            quote(json, task);
        }
        if (prompt != null) {
            json.append(",\"prompt\":");
            quote(json, prompt);
        }
        json.append('}');
    }

    private static void quote(StringBuilder json, @Nullable String text) {
        if (text == null) {
            json.append("null");
            return;
        }
        json.append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, json);
        json.append('"');
    }
}
