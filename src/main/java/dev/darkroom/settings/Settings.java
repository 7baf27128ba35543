package dev.darkroom.settings;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The settings as one flat map from dotted keys to values, read by the rooms' own configuration records. A value that
 * does not fit is noted as a mistake and the default is handed out instead, so that {@link #mistakes()} can tell all of
 * them at once. Keys that nobody asked for are mistakes too. One thread at a time.
 */
public final class Settings {

    private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|m|min|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*(B|kB|KB|KiB|MB|MiB|GB|GiB)?");

    private static final String PROPERTY_PREFIX = "darkroom.";
    private static final String VARIABLE_PREFIX = "DARKROOM_";
    /** Read by the launcher and the logging, not by the server. */
    private static final Set<String> LAUNCHER = Set.of("home", "conf", "opts", "log.level");

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Map<String, String> variables;
    private final Map<String, String> properties;
    private final Set<String> asked = new LinkedHashSet<>();
    private final List<String> mistakes = new ArrayList<>();

    /** @param values nested maps, lists and scalars, as YAML gives them */
    public Settings(Map<String, ?> values) {
        this(values, Map.of(), Map.of());
    }

    /**
     * Layers three sources; a later one wins.
     *
     * @param values nested maps, lists and scalars, as YAML gives them
     * @param environment where {@code http.public-url} is {@code DARKROOM_HTTP_PUBLIC_URL}; other names are ignored
     * @param properties where it is {@code darkroom.http.public-url}; other names are ignored
     */
    public Settings(Map<String, ?> values, Map<String, String> environment, Map<String, String> properties) {
        flatten("", values);
        this.variables = startingWith(VARIABLE_PREFIX, environment);
        this.properties = startingWith(PROPERTY_PREFIX, properties);
    }

    private static Map<String, String> startingWith(String prefix, Map<String, String> all) {
        Map<String, String> own = new TreeMap<>();
        all.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                own.put(name, value);
            }
        });
        return own;
    }

    private void flatten(String prefix, Map<String, ?> nested) {
        nested.forEach((key, value) -> {
            if (value instanceof Map<?, ?> map && !isOpenMap(prefix + key)) {
                Map<String, Object> inner = new LinkedHashMap<>();
                map.forEach((innerKey, innerValue) -> inner.put(String.valueOf(innerKey), innerValue));
                flatten(prefix + key + ".", inner);
            } else if (value != null) {
                values.put(prefix + key, value);
            }
        });
    }

    /** Maps whose keys are the user's own words stay whole. */
    private static boolean isOpenMap(String key) {
        return key.equals("models.aliases");
    }

    /** Returns text, trimmed. */
    public String text(String key, String fallback) {
        Object value = ask(key);
        return value == null ? fallback : value.toString().trim();
    }

    /** Returns a text that {@code rule} accepts; {@code expected} says what it must be, such as "a URL". */
    public String text(String key, String fallback, Predicate<String> rule, String expected) {
        String text = text(key, fallback);
        return rule.test(text) ? text : mistake(key, text, expected, fallback);
    }

    /** Returns a whole number from {@code least} to {@code most}. */
    public int integer(String key, int fallback, int least, int most) {
        Object value = ask(key);
        if (value == null) {
            return fallback;
        }
        try {
            int number = Integer.parseInt(value.toString().trim());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            // told below
        }
        return mistake(key, value, "a whole number from %d to %d".formatted(least, most), fallback);
    }

    /** Returns {@code true} or {@code false}. */
    public boolean flag(String key, boolean fallback) {
        Object value = ask(key);
        if (value == null) {
            return fallback;
        }
        return switch (value.toString().trim().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> mistake(key, value, "true or false", fallback);
        };
    }

    /** Returns a duration written as {@code 500 ms}, {@code 10 s}, {@code 5 m}, {@code 2 h} or {@code 7 d}. */
    public Duration duration(String key, Duration fallback) {
        Object value = ask(key);
        if (value == null) {
            return fallback;
        }
        Matcher matcher = DURATION.matcher(value.toString().trim());
        if (!matcher.matches()) {
            return mistake(key, value, "a duration such as 500 ms, 10 s, 5 m, 2 h or 7 d", fallback);
        }
        long amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> Duration.ofMinutes(amount);
        };
    }

    /** Returns a number of bytes written as {@code 512 kB}, {@code 20 MB} or {@code 1 GiB}. */
    public long size(String key, long fallback) {
        Object value = ask(key);
        if (value == null) {
            return fallback;
        }
        Matcher matcher = SIZE.matcher(value.toString().trim());
        if (!matcher.matches()) {
            return mistake(key, value, "a size such as 512 kB, 20 MB or 1 GiB", fallback);
        }
        long amount = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2) == null ? "B" : matcher.group(2);
        return amount
                * switch (unit) {
                    case "kB", "KB" -> 1_000L;
                    case "KiB" -> 1L << 10;
                    case "MB" -> 1_000_000L;
                    case "MiB" -> 1L << 20;
                    case "GB" -> 1_000_000_000L;
                    case "GiB" -> 1L << 30;
                    default -> 1L;
                };
    }

    /** Returns a list of texts; a single text is split at commas. */
    public List<String> list(String key, List<String> fallback) {
        Object value = ask(key);
        if (value == null) {
            return fallback;
        }
        List<?> elements =
                value instanceof List<?> list ? list : List.of(value.toString().split(","));
        return elements.stream()
                .map(element -> String.valueOf(element).trim())
                .filter(element -> !element.isEmpty())
                .toList();
    }

    /** Returns a list of maps, such as the API keys; anything else is a mistake. */
    public List<Map<String, Object>> entries(String key) {
        Object value = ask(key);
        if (value == null) {
            return List.of();
        }
        List<Map<String, Object>> entries = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (Object element : list) {
                if (!(element instanceof Map<?, ?> map)) {
                    return mistake(key, element, "a list of entries with keys", List.of());
                }
                Map<String, Object> entry = new LinkedHashMap<>();
                map.forEach((name, inner) -> entry.put(String.valueOf(name), inner));
                entries.add(entry);
            }
            return entries;
        }
        return mistake(key, value, "a list of entries with keys", List.of());
    }

    /** Returns a map of texts whose keys are the user's own words. */
    public Map<String, String> map(String key) {
        Object value = ask(key);
        if (value == null) {
            return Map.of();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, String> texts = new LinkedHashMap<>();
            map.forEach((name, text) -> texts.put(String.valueOf(name), String.valueOf(text)));
            return texts;
        }
        return mistake(key, value, "a list of name: value", Map.of());
    }

    /** Notes a mistake that only the asking room can see; {@code sentence} begins after the key. */
    public void reject(String key, String sentence) {
        mistakes.add(key + ": " + sentence);
    }

    /** Returns every mistake so far, unknown keys among them, one sentence each. Ask after everything was read. */
    public List<String> mistakes() {
        List<String> all = new ArrayList<>(mistakes);
        Set<String> unknown = new TreeSet<>(values.keySet());
        unknown.removeAll(asked);
        unknown.addAll(notAsked(variables, Settings::variable));
        unknown.addAll(notAsked(properties, Settings::property));
        unknown.forEach(key -> all.add(key + ": there is no such setting"));
        return all;
    }

    private Set<String> notAsked(Map<String, String> source, UnaryOperator<String> name) {
        Set<String> names = new TreeSet<>(source.keySet());
        asked.forEach(key -> names.remove(name.apply(key)));
        LAUNCHER.forEach(key -> names.remove(name.apply(key)));
        return names;
    }

    private static String variable(String key) {
        return VARIABLE_PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static String property(String key) {
        return PROPERTY_PREFIX + key;
    }

    private @Nullable Object ask(String key) {
        asked.add(key);
        String outer = properties.getOrDefault(property(key), variables.get(variable(key)));
        if (outer == null) {
            return values.get(key);
        }
        String text = outer.trim();
        // lists and maps are written as in the file: [a, b] or {name: value}
        if (text.startsWith("[") || text.startsWith("{")) {
            try {
                return SettingsFile.parse(text);
            } catch (YAMLException malformed) {
                return mistake(key, outer, "a list [a, b] or a map {name: value}", null);
            }
        }
        return outer;
    }

    private <T extends @Nullable Object> T mistake(String key, Object value, String expected, T fallback) {
        mistakes.add("%s: expected %s, found \"%s\"".formatted(key, expected, value));
        return fallback;
    }
}
