package dev.darkroom.http.fooocus;

import dev.darkroom.bus.StoreMessage.Terms;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.http.webhook.WebhookRules;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what a request says beside the picture: time limits, who is to be told, and what it will take. */
public final class TaskTerms {

    private static final String WEBHOOK = "webhook_url";
    private static final String TIMEOUT = "timeout";
    private static final String QUEUE_TIMEOUT = "queue_timeout";
    private static final Set<String> FIELDS = Set.of(WEBHOOK, TIMEOUT, QUEUE_TIMEOUT);

    /** What clients send that mean none. */
    private static final Set<String> NO_WEBHOOK = Set.of("", "none", "None", "null", "string");

    private static final double LONGEST_SECONDS = 365 * 86_400.0;

    private final WorkAssessor assessor;
    private final PublicAddress address;
    private final WebhookConfig webhooks;

    public TaskTerms(WorkAssessor assessor, PublicAddress address, WebhookConfig webhooks) {
        this.assessor = assessor;
        this.address = address;
        this.webhooks = webhooks;
    }

    /**
     * Reads them.
     *
     * @param model the folder that is to run it
     * @param keyed the request has an idempotency key
     * @throws ApiException 422 for a webhook that can't be sent or a time that is none
     */
    Terms of(RoutingContext context, GenerateRequest request, String model, boolean keyed) {
        Map<String, Object> fields = StoredFields.read(request.json(), FIELDS);
        HttpServerRequest http = context.request();
        Duration timeout = span(fields.get(TIMEOUT), http, "X-Task-Timeout");
        Duration queueTimeout = span(fields.get(QUEUE_TIMEOUT), http, "X-Queue-Timeout");
        String url = webhook(fields.get(WEBHOOK));
        String base = url == null ? "" : address.of(http);
        String digest = keyed ? digest(context.body().buffer()) : null;
        return new Terms(timeout, queueTimeout, url, base, digest, assessor.assess(model, request.json()));
    }

    private @Nullable String webhook(@Nullable Object sent) {
        String url = sent instanceof String text ? text.trim() : "";
        if (NO_WEBHOOK.contains(url)) {
            return webhooks.fallbackUrl().isEmpty() ? null : webhooks.fallbackUrl();
        }
        String problem = WebhookRules.problem(url, webhooks.allowPrivateAddresses());
        if (problem != null) {
            throw ApiException.invalid(List.of(Detail.valueError(List.of("body", WEBHOOK), problem, url)));
        }
        return url;
    }

    private static @Nullable Duration span(@Nullable Object field, HttpServerRequest request, String header) {
        if (field instanceof Double seconds) {
            return Duration.ofMillis(Math.round(1000 * Math.min(seconds, LONGEST_SECONDS)));
        }
        String text = request.getHeader(header);
        if (text == null) {
            return null;
        }
        try {
            double seconds = Double.parseDouble(text.trim());
            if (seconds > 0) {
                return Duration.ofMillis(Math.max(1, Math.round(1000 * Math.min(seconds, LONGEST_SECONDS))));
            }
        } catch (NumberFormatException noNumber) {
            // told below
        }
        List<Object> location = List.of("header", header);
        throw ApiException.invalid(
                List.of(Detail.valueError(location, "expected seconds, a number greater than 0", text)));
    }

    private static @Nullable String digest(@Nullable Buffer body) {
        if (body == null) {
            return null;
        }
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body.getBytes()));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
