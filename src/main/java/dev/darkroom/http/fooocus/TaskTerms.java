package dev.darkroom.http.fooocus;

import dev.darkroom.bus.StoreMessage.Terms;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what a request says beside the picture: time limits, who is to be told, and what it will take. */
public final class TaskTerms {

    private static final String WEBHOOK = "webhook_url";
    private static final String TIMEOUT = "timeout";
    private static final String QUEUE_TIMEOUT = "queue_timeout";
    private static final StoredFields FIELDS = new StoredFields(WEBHOOK, TIMEOUT, QUEUE_TIMEOUT);

    /** As the contract has it for the fields of the body. */
    private static final Schema SECONDS = new Schema.Real(0.001, null);

    private static final double LONGEST_SECONDS = 365 * 86_400.0;

    private final WorkAssessor assessor;
    private final PublicAddress address;

    public TaskTerms(WorkAssessor assessor, PublicAddress address) {
        this.assessor = assessor;
        this.address = address;
    }

    /**
     * Reads them.
     *
     * @param model the folder that is to run it
     * @param keyed the request has an idempotency key
     * @throws ApiException 422 for a time that is none
     */
    Terms of(RoutingContext context, GenerateRequest request, String model, boolean keyed) {
        Map<String, Object> fields = FIELDS.read(request.json());
        HttpServerRequest http = context.request();
        Duration timeout = span(fields.get(TIMEOUT), http, "X-Task-Timeout");
        Duration queueTimeout = span(fields.get(QUEUE_TIMEOUT), http, "X-Queue-Timeout");
        String url = (String) fields.get(WEBHOOK);
        String base = url == null ? "" : address.of(http);
        return new Terms(
                timeout,
                queueTimeout,
                url,
                base,
                keyed ? request.digest() : null,
                assessor.assess(model, request.json()));
    }

    private static @Nullable Duration span(@Nullable Object field, HttpServerRequest request, String header) {
        if (field instanceof Double seconds) {
            return Duration.ofMillis(Math.round(1000 * Math.min(seconds, LONGEST_SECONDS)));
        }
        String text = request.getHeader(header);
        if (text == null) {
            return null;
        }
        List<Detail> mistakes = new ArrayList<>();
        Object read = RequestReader.read(SECONDS, text, List.of("header", header), mistakes);
        if (!(read instanceof Double seconds)) {
            throw ApiException.invalid(mistakes);
        }
        return Duration.ofMillis(Math.round(1000 * Math.min(seconds, LONGEST_SECONDS)));
    }
}
