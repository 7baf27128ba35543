package dev.darkroom.chaos;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.RgbImage;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Asks nodes for the pictures of tasks: any of them for any picture. */
final class ChaosPictures {

    /** For all that a node says it can't have now. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final ChaosClient client;
    private final ChaosDatabase database;
    private final ImageDecoder decoder = new ImageDecoder();

    ChaosPictures(ChaosClient client, ChaosDatabase database) {
        this.client = client;
        this.database = database;
    }

    /** Returns the pictures of finished tasks by task, as far as the nodes have them. */
    Map<String, RgbImage> of(Collection<String> tasks) throws Exception {
        Map<String, String> paths = new LinkedHashMap<>();
        for (Row row : database.ask("SELECT task_id, result::text FROM task WHERE state = 'finished'")) {
            String task = row.getUUID(0).toString().replace("-", "");
            if (tasks.contains(task)) {
                paths.put(
                        task,
                        new JsonObject(row.getString(1))
                                .getJsonArray("images")
                                .getJsonObject(0)
                                .getString("path"));
            }
        }
        Map<String, RgbImage> pictures = new HashMap<>();
        long until = System.nanoTime() + PATIENCE.toNanos();
        for (Map.Entry<String, String> path : paths.entrySet()) {
            Until.held(Duration.ofNanos(Math.max(0, until - System.nanoTime())), () -> {
                byte[] bytes = bytes(path.getValue());
                if (bytes != null) {
                    pictures.put(path.getKey(), decoder.decode(bytes));
                }
                return bytes != null;
            });
        }
        return pictures;
    }

    private byte[] bytes(String path) throws InterruptedException {
        try {
            HttpResponse<byte[]> answer = client.picture(client.any(), path);
            return answer.statusCode() == 200 ? answer.body() : null;
        } catch (IOException busy) {
            return null;
        }
    }
}
