package dev.darkroom.bus;

import dev.darkroom.task.Workload;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a task keeps to beside its request.
 *
 * @param timeout how long it may run, or null; the server's own bound holds in any case
 * @param queueTimeout how long it may wait for a device, or null; the server's own bound holds in any case
 * @param webhookUrl whom to tell of its end, or null
 * @param baseUrl what stands before {@code /outputs/} in what the webhook is sent
 * @param digest of the request as it was sent, or null: a second submission with the same idempotency key must have
 *     the same, else it is refused with {@link BusFailure#KEY_REUSED}
 * @param work what it makes a device compute, or null if that is not known yet
 * @param traceParent the span that it came of, as W3C Trace Context writes it, or null
 */
public record Terms(
        @Nullable Duration timeout,
        @Nullable Duration queueTimeout,
        @Nullable String webhookUrl,
        String baseUrl,
        @Nullable String digest,
        @Nullable Workload work,
        @Nullable String traceParent) {

    /** Nothing of its own. */
    public static final Terms NONE = new Terms(null, null, null, "", null, null);

    /** Makes terms outside of any trace. */
    public Terms(
            @Nullable Duration timeout,
            @Nullable Duration queueTimeout,
            @Nullable String webhookUrl,
            String baseUrl,
            @Nullable String digest,
            @Nullable Workload work) {
        this(timeout, queueTimeout, webhookUrl, baseUrl, digest, work, null);
    }

    Terms traced(String parent) {
        return new Terms(timeout, queueTimeout, webhookUrl, baseUrl, digest, work, parent);
    }
}
