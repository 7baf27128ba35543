package dev.darkroom.output;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Shows that a request comes from a node that knows the cluster's secret, which itself is never sent: an HMAC-SHA256
 * over method, path, time and the body's SHA-256, good for some minutes. Safe from any thread.
 */
public final class PeerSignature {

    /** Milliseconds since 1970, as the sender's clock says. */
    public static final String TIME = "X-Darkroom-Time";

    /** The SHA-256 of the body, in hexadecimal; of nothing where there is none. */
    public static final String DIGEST = "X-Darkroom-Digest";

    /** The HMAC, in hexadecimal. */
    public static final String SIGNATURE = "X-Darkroom-Signature";

    private static final Duration GOOD_FOR = Duration.ofMinutes(5);
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;
    private final Clock clock;

    /** @param secret not empty */
    public PeerSignature(String secret, Clock clock) {
        this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
        this.clock = clock;
    }

    /** Returns the time to sign with. */
    String now() {
        return Long.toString(clock.millis());
    }

    /** Returns the SHA-256 of {@code body}, in hexadecimal. */
    public static String digest(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (GeneralSecurityException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    /** Returns what goes into {@link #SIGNATURE}. */
    String sign(String method, String path, String time, String digest) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            String text = method + "\n" + path + "\n" + time + "\n" + digest;
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    /** Tells whether the request is signed with the secret, lately. That the body has the digest is another question. */
    public boolean accepts(
            String method, String path, @Nullable String time, @Nullable String digest, @Nullable String signature) {
        if (time == null || digest == null || signature == null || !time.matches("\\d{1,15}")) {
            return false;
        }
        long age = Math.abs(clock.millis() - Long.parseLong(time));
        byte[] expected = sign(method, path, time, digest).getBytes(StandardCharsets.UTF_8);
        return age <= GOOD_FOR.toMillis()
                && MessageDigest.isEqual(expected, signature.getBytes(StandardCharsets.UTF_8));
    }
}
