package dev.darkroom.http;

import dev.darkroom.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may call.
 *
 * @param keys the API keys; empty if none is needed
 */
public record AuthConfig(List<ApiKey> keys) {

    /**
     * An API key, of which only the hash is kept.
     *
     * @param name the owner of the tasks that are submitted with it
     * @param sha256 32 bytes: the hash of the key's UTF-8; treated as immutable
     * @param priority of its tasks: higher goes first, 0 is usual
     * @param maxQueued tasks of it that may wait at once, 0 for no bound
     * @param maxPerMinute tasks that it may submit in a minute, 0 for no bound
     * @param maxRunning tasks of it that may run at once on all nodes, 0 for no bound
     * @param weight its share of the devices against other keys' while both have tasks waiting, 1 is usual
     * @param admin sees, stops and deletes everybody's tasks
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record ApiKey(
            String name,
            byte[] sha256,
            int priority,
            int maxQueued,
            int maxPerMinute,
            int maxRunning,
            double weight,
            boolean admin) {

        /** Stands for everybody where no keys are configured. */
        static final ApiKey ANYBODY = new ApiKey("", new byte[0], 0, 0, 0, 0, 1, false);

        /** Tells whether anything bounds what this key submits. */
        boolean isBounded() {
            return maxQueued > 0 || maxPerMinute > 0;
        }
    }

    public AuthConfig {
        keys = List.copyOf(keys);
    }

    /**
     * Reads {@code auth.keys}.
     *
     * @param http listens to whom; beyond this machine a key is a must
     */
    public static AuthConfig from(Settings settings, HttpConfig http) {
        List<ApiKey> keys = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Map<String, Object> entry : settings.entries("auth.keys")) {
            ApiKey key = ApiKeyEntry.read(entry, settings);
            if (key != null && !names.add(key.name())) {
                settings.reject(
                        "auth.keys", "every key needs a name of its own, found \"%s\" twice".formatted(key.name()));
            } else if (key != null) {
                keys.add(key);
            }
        }
        if (keys.isEmpty() && !http.loopbackOnly()) {
            settings.reject(
                    "http.host",
                    "\"%s\" can be reached from other machines, which needs at least one entry in auth.keys"
                            .formatted(http.host()));
        }
        return new AuthConfig(keys);
    }

    /** Returns the key that {@code sent} is: everybody's where none is needed, nothing if it is missing or wrong. */
    Optional<ApiKey> keyOf(@Nullable String sent) {
        if (keys.isEmpty()) {
            return Optional.of(ApiKey.ANYBODY);
        }
        if (sent == null) {
            return Optional.empty();
        }
        byte[] hash = sha256(sent);
        ApiKey found = null;
        for (ApiKey known : keys) {
            if (MessageDigest.isEqual(known.sha256(), hash)) {
                found = known;
            }
        }
        return Optional.ofNullable(found);
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
