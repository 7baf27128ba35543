package dev.darkroom.http.legacy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.fooocus.RecordWriter;
import dev.darkroom.http.webhook.WebhookBody;
import dev.darkroom.task.SavedImage;
import io.vertx.core.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tells receivers of a job's end in the older API's shape; other tasks are left to another. Safe from any thread. */
final class JobWebhook implements WebhookBody {

    /** The field of the stored request that says how its webhook is written. */
    static final String MARK = "webhook_format";

    static final String FORMAT = "fooocus-api";

    private final RecordWriter records;
    private final WebhookBody others;

    JobWebhook(RecordWriter records, WebhookBody others) {
        this.records = records;
        this.others = others;
    }

    @Override
    public String of(TaskRow row, String baseUrl) {
        JsonNode request = Jobs.request(row);
        if (!FORMAT.equals(request.path(MARK).asText())) {
            return others.of(row, baseUrl);
        }
        List<Map<String, Object>> results = new ArrayList<>();
        for (SavedImage image : records.result(row).images()) {
            results.add(
                    Map.of("url", baseUrl + "/files/" + RecordWriter.path(image), "seed", Long.toString(image.seed())));
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("job_id", Jobs.id(row.taskId()));
        body.put("job_result", results);
        if (row.error() != null) {
            body.put("error", row.error());
        }
        return Json.encode(body);
    }
}
