package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a task's own stream of events. */
record EventReader(BufferedReader lines) {

    record Event(String id, String name, JsonObject data) {}

    /** @param last the id of the last event that is known, or null */
    static EventReader open(Client client, String task, @Nullable String last) throws Exception {
        HttpRequest.Builder request = last == null
                ? client.request("/tasks/" + task + "/events")
                : client.request("/tasks/" + task + "/events", "Last-Event-ID", last);
        HttpResponse<InputStream> response = client.open(request.build());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("text/event-stream; charset=utf-8");
        return new EventReader(new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
    }

    /** Returns the next event, or null at the end. */
    @Nullable
    Event next() throws IOException {
        String id = null;
        String name = null;
        JsonObject data = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = new JsonObject(line.substring(6));
            } else if (line.isEmpty() && data != null) {
                return new Event(id, name, data);
            }
        }
        return null;
    }

    /** Returns what comes until the end. */
    List<Event> rest() throws IOException {
        List<Event> events = new ArrayList<>();
        for (Event event = next(); event != null; event = next()) {
            events.add(event);
        }
        return events;
    }
}
