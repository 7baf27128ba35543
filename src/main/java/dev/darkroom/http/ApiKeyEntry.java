package dev.darkroom.http;

import dev.darkroom.http.AuthConfig.ApiKey;
import dev.darkroom.settings.Settings;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads one entry of {@code auth.keys}. */
final class ApiKeyEntry {

    private static final Set<String> FIELDS =
            Set.of("name", "sha256", "priority", "max-queued", "max-per-minute", "max-running", "weight", "admin");
    private static final int MOST = 1_000_000;
    private static final double LEAST_WEIGHT = 0.01;

    private final Map<String, Object> entry;
    private final Settings settings;
    private boolean wrong;

    private ApiKeyEntry(Map<String, Object> entry, Settings settings) {
        this.entry = entry;
        this.settings = settings;
    }

    /** Returns the key, or null after noting in {@code settings} what is wrong with it. */
    static @Nullable ApiKey read(Map<String, Object> entry, Settings settings) {
        return new ApiKeyEntry(entry, settings).key();
    }

    private @Nullable ApiKey key() {
        Set<String> unknown = new TreeSet<>(entry.keySet());
        unknown.removeAll(FIELDS);
        if (!unknown.isEmpty()) {
            reject("an entry may have %s; found %s".formatted(new TreeSet<>(FIELDS), unknown));
        }
        String name = text("name");
        if (name.isEmpty()) {
            reject("every key needs a name");
        }
        String hash = text("sha256");
        if (!hash.matches("[0-9a-fA-F]{64}")) {
            reject("sha256 of \"%s\" must be 64 hexadecimal digits".formatted(name));
        }
        int priority = number("priority", -100, 100);
        int maxQueued = number("max-queued", 0, MOST);
        int maxPerMinute = number("max-per-minute", 0, MOST);
        int maxRunning = number("max-running", 0, MOST);
        double weight = weight();
        boolean admin = flag();
        return wrong
                ? null
                : new ApiKey(
                        name,
                        HexFormat.of().parseHex(hash),
                        priority,
                        maxQueued,
                        maxPerMinute,
                        maxRunning,
                        weight,
                        admin);
    }

    private int number(String field, int least, int most) {
        String text = text(field);
        if (text.isEmpty()) {
            return 0;
        }
        if (text.matches("-?\\d{1,7}")) {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        }
        reject("%s of \"%s\" must be a whole number from %d to %d, found \"%s\""
                .formatted(field, text("name"), least, most, text));
        return 0;
    }

    private double weight() {
        String text = text("weight");
        if (text.isEmpty()) {
            return 1;
        }
        if (text.matches("\\d{1,4}(\\.\\d{1,4})?") && Double.parseDouble(text) >= LEAST_WEIGHT) {
            return Double.parseDouble(text);
        }
        reject("weight of \"%s\" must be a number from %s to 9999, found \"%s\""
                .formatted(text("name"), LEAST_WEIGHT, text));
        return 1;
    }

    private boolean flag() {
        String text = text("admin");
        if (!Set.of("", "true", "false").contains(text)) {
            reject("admin of \"%s\" must be true or false, found \"%s\"".formatted(text("name"), text));
        }
        return text.equals("true");
    }

    private String text(String field) {
        Object value = entry.get(field);
        return value == null ? "" : value.toString().trim();
    }

    private void reject(String sentence) {
        wrong = true;
        settings.reject("auth.keys", sentence);
    }
}
