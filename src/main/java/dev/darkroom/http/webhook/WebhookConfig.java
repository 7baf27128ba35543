package dev.darkroom.http.webhook;

import dev.darkroom.settings.Settings;
import java.time.Duration;
import java.util.List;

/**
 * How webhooks are sent.
 *
 * @param fallbackUrl told of the tasks that name nobody; empty for nobody
 * @param doubleEncoded the body is a JSON string that holds the record, as FooocusAPI sends it, instead of the record
 * @param secret signs the body; none for no signature
 * @param allowPrivateAddresses receivers may be in this machine or its network
 * @param timeout of one attempt
 * @param concurrency attempts at once on this node
 * @param retries how long to wait after each failed attempt; when they are used up, the webhook has failed
 */
public record WebhookConfig(
        String fallbackUrl,
        boolean doubleEncoded,
        WebhookSecret secret,
        boolean allowPrivateAddresses,
        Duration timeout,
        int concurrency,
        List<Duration> retries) {

    /** The schedule of the Standard Webhooks specification: ten attempts within three days. */
    private static final List<Duration> RETRIES = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(14),
            Duration.ofHours(20),
            Duration.ofHours(24));

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    public WebhookConfig {
        retries = List.copyOf(retries);
    }

    /** Returns what holds where nothing is set. */
    public static WebhookConfig usual() {
        return new WebhookConfig("", false, WebhookSecret.NONE, false, TIMEOUT, 16, RETRIES);
    }

    /** Reads {@code webhook.*}; values that do not fit are noted in {@code settings}. */
    public static WebhookConfig from(Settings settings) {
        boolean allowPrivate = settings.flag("webhook.allow-private-addresses", false);
        String url = settings.text("webhook.url", "");
        String problem = url.isEmpty() ? null : WebhookRules.problem(url, allowPrivate);
        if (problem != null) {
            settings.reject("webhook.url", problem);
        }
        String body = settings.text(
                "webhook.body",
                "object",
                text -> text.equals("object") || text.equals("double-encoded"),
                "object or double-encoded");
        String secret = settings.text("webhook.secret", "");
        WebhookSecret read = WebhookSecret.parse(secret).orElse(null);
        if (read == null) {
            settings.reject("webhook.secret", "expected whsec_ and 24 to 64 bytes in base64");
        }
        Duration timeout = settings.duration("webhook.timeout", TIMEOUT);
        if (timeout.toMillis() < 100 || timeout.toMinutes() > 5) {
            settings.reject("webhook.timeout", "expected 100 ms to 5 m");
            timeout = TIMEOUT;
        }
        return new WebhookConfig(
                problem == null ? url : "",
                body.equals("double-encoded"),
                read == null ? WebhookSecret.NONE : read,
                allowPrivate,
                timeout,
                settings.integer("webhook.concurrency", 16, 1, 1000),
                RETRIES);
    }
}
