package dev.darkroom.http.fooocus;

import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.bus.TaskRow.More;
import dev.darkroom.task.SavedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;

/** Writes what Darkroom's records say beyond FooocusAPI's, under keys that collide with none of those. */
final class RecordExtras {

    private static final ObjectReader IMAGES = JsonMapper.builder().build().readerForListOf(SavedImage.class);

    private RecordExtras() {}

    /** Appends members to an object that is not empty. */
    static void append(StringBuilder json, TaskRow row) {
        More more = row.more();
        if (more.millisLeft() != null && !row.state().terminal()) {
            json.append(",\"remaining_seconds\":").append(Math.round(more.millisLeft() / 100.0) / 10.0);
        }
        if (more.webhookJson() != null) {
            json.append(",\"webhook_delivery\":").append(more.webhookJson());
        }
    }

    /** Returns what a running task has saved so far, by index. */
    static List<SavedImage> saved(TaskRow row) {
        String json = row.more().savedJson();
        if (json == null) {
            return List.of();
        }
        try {
            List<SavedImage> images = IMAGES.readValue(json);
            return images.stream()
                    .sorted(Comparator.comparingInt(SavedImage::index))
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException("The images of task " + row.taskId() + " are damaged", unreadable);
        }
    }
}
