package dev.darkroom.http;

import dev.darkroom.settings.Settings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
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
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record ApiKey(String name, byte[] sha256) {}

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
            String name = text(entry.get("name"));
            String hash = text(entry.get("sha256"));
            if (!Set.of("name", "sha256").containsAll(entry.keySet())) {
                settings.reject("auth.keys", "an entry has name and sha256, found " + entry.keySet());
            } else if (name.isEmpty() || !names.add(name)) {
                settings.reject("auth.keys", "every key needs a name of its own, found \"%s\"".formatted(name));
            } else if (!hash.matches("[0-9a-fA-F]{64}")) {
                settings.reject("auth.keys", "sha256 of \"%s\" must be 64 hexadecimal digits".formatted(name));
            } else {
                keys.add(new ApiKey(name, HexFormat.of().parseHex(hash)));
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

    /** Returns who sends {@code key}: empty text where no key is needed, nothing if it is missing or wrong. */
    Optional<String> ownerOf(@Nullable String key) {
        if (keys.isEmpty()) {
            return Optional.of("");
        }
        if (key == null) {
            return Optional.empty();
        }
        byte[] hash = sha256(key);
        String owner = null;
        for (ApiKey known : keys) {
            if (MessageDigest.isEqual(known.sha256(), hash)) {
                owner = known.name();
            }
        }
        return Optional.ofNullable(owner);
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString().trim();
    }
}
