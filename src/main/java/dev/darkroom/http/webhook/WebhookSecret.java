package dev.darkroom.http.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs webhooks as the Standard Webhooks specification 1.0 says: the message's id, its time and its body, joined by
 * dots, under HMAC-SHA256.
 *
 * @param key 24 to 64 bytes, or none; treated as immutable
 */
@SuppressWarnings("ArrayRecordComponent")
public record WebhookSecret(byte[] key) {

    /** Signs nothing. */
    public static final WebhookSecret NONE = new WebhookSecret(new byte[0]);

    private static final String PREFIX = "whsec_";
    private static final int LEAST_BYTES = 24;
    private static final int MOST_BYTES = 64;

    /** Reads {@code whsec_} and base64; empty text is {@link #NONE}, anything else nothing. */
    public static Optional<WebhookSecret> parse(String text) {
        if (text.isEmpty()) {
            return Optional.of(NONE);
        }
        if (!text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            byte[] key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
            return key.length >= LEAST_BYTES && key.length <= MOST_BYTES
                    ? Optional.of(new WebhookSecret(key))
                    : Optional.empty();
        } catch (IllegalArgumentException noBase64) {
            return Optional.empty();
        }
    }

    /** Tells whether there is one. */
    public boolean signs() {
        return key.length > 0;
    }

    /**
     * Returns what stands in the header {@code webhook-signature}.
     *
     * @param id of the message
     * @param seconds since 1970
     */
    public String signature(String id, long seconds, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            mac.update((id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8));
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    @Override
    public String toString() {
        return signs() ? "whsec_..." : "none";
    }
}
