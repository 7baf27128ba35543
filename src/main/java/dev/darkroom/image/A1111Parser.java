package dev.darkroom.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads texts as AUTOMATIC1111's web interface writes them, Fooocus' scheme {@code a1111} among them: the prompt, the
 * negative prompt behind its name, and a last line of {@code Name: value} pairs. What it finds gets Fooocus' names.
 */
final class A1111Parser {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NEGATIVE = "Negative prompt:";
    private static final Pattern LABEL = Pattern.compile("\\s*(\\w[\\w \\-/]*+):\\s*");
    /** A last line with fewer pairs is part of the prompt. */
    private static final int FEWEST_PAIRS = 3;

    private static final Map<String, String> KEYS = Map.ofEntries(
            Map.entry("Size", "resolution"),
            Map.entry("CFG scale", "guidance_scale"),
            Map.entry("Model", "base_model"),
            Map.entry("Model hash", "base_model_hash"),
            Map.entry("Raw prompt", "prompt"),
            Map.entry("Raw negative prompt", "negative_prompt"),
            Map.entry("Refiner", "refiner_model"),
            Map.entry("Refiner hash", "refiner_model_hash"),
            Map.entry("FreeU", "freeu"),
            Map.entry("Schedule type", "scheduler"),
            Map.entry("User", "created_by"));

    private final Map<String, Object> values = new LinkedHashMap<>();
    private Map<String, String> loraHashes = Map.of();
    private Map<String, String> loraWeights = Map.of();

    private A1111Parser() {}

    static Map<String, Object> parse(String text) {
        return new A1111Parser().read(text);
    }

    private Map<String, Object> read(String text) {
        List<String> lines = new ArrayList<>(text.strip().lines().toList());
        Map<String, String> pairs = lines.isEmpty() ? Map.of() : pairs(lines.get(lines.size() - 1));
        if (pairs.size() >= FEWEST_PAIRS) {
            lines.remove(lines.size() - 1);
        } else {
            pairs = Map.of();
        }
        List<String> positive = new ArrayList<>();
        List<String> negative = new ArrayList<>();
        List<String> current = positive;
        for (String line : lines) {
            if (line.startsWith(NEGATIVE)) {
                current = negative;
                line = line.substring(NEGATIVE.length());
            }
            current.add(line.strip());
        }
        values.put("prompt", String.join("\n", positive));
        values.put("negative_prompt", String.join("\n", negative));
        values.put("full_prompt", List.of(String.join("\n", positive)));
        values.put("full_negative_prompt", List.of(String.join("\n", negative)));
        pairs.forEach(this::put);
        splitSampler();
        putLoras();
        return values;
    }

    private static Map<String, String> pairs(String line) {
        Map<String, String> pairs = new LinkedHashMap<>();
        Matcher label = LABEL.matcher(line);
        int at = 0;
        while (at < line.length()) {
            if (!label.region(at, line.length()).lookingAt()) {
                return Map.of();
            }
            int end = endOfValue(line, label.end());
            pairs.put(label.group(1), unquoted(line.substring(label.end(), end).strip()));
            at = end + 1;
        }
        return pairs;
    }

    /** Returns where the comma after a value is, or the line's end; by hand, since a long quote overflows a pattern. */
    private static int endOfValue(String line, int from) {
        int at = from;
        if (at < line.length() && line.charAt(at) == '"') {
            at++;
            while (at < line.length() && line.charAt(at) != '"') {
                at += line.charAt(at) == '\\' ? 2 : 1;
            }
        }
        int comma = at < line.length() ? line.indexOf(',', at) : -1;
        return comma < 0 ? line.length() : comma;
    }

    private static String unquoted(String value) {
        if (!value.startsWith("\"")) {
            return value;
        }
        try {
            return JSON.readValue(value, String.class);
        } catch (JsonProcessingException plain) {
            return value;
        }
    }

    private void put(String label, String value) {
        switch (label) {
            case "Lora hashes" -> loraHashes = named(value);
            case "Lora weights" -> loraWeights = named(value);
            case "Seed" -> values.put("seed", value);
            case "Size" -> values.put("resolution", size(value));
            case "ADM Guidance", "FreeU" ->
                values.put(
                        key(label),
                        PythonLiteral.elements(value).<Object>map(list -> list).orElse(value));
            case "Model", "Model hash", "Raw prompt", "Raw negative prompt", "Version", "Refiner", "Refiner hash" ->
                values.put(key(label), value);
            default -> values.put(key(label), number(value));
        }
    }

    private static String key(String label) {
        String known = KEYS.get(label);
        return known == null ? label.toLowerCase(Locale.ROOT).replaceAll("[ /-]+", "_") : known;
    }

    private static Object size(String value) {
        Matcher size = Pattern.compile("(\\d{1,6})x(\\d{1,6})").matcher(value);
        return size.matches() ? List.of(Long.valueOf(size.group(1)), Long.valueOf(size.group(2))) : value;
    }

    private static Object number(String value) {
        if (value.matches("[+-]?\\d{1,18}")) {
            return Long.valueOf(value);
        }
        return value.matches("[+-]?\\d{1,18}\\.\\d{1,18}") ? (Object) Double.valueOf(value) : value;
    }

    /** AUTOMATIC1111 named the schedule behind the sampler before it had a pair of its own for it. */
    private void splitSampler() {
        if (values.get("sampler") instanceof String name) {
            boolean karras = name.endsWith(" Karras");
            values.put(
                    "sampler",
                    A1111Text.samplerNamed(karras ? name.substring(0, name.length() - " Karras".length()) : name));
            if (karras) {
                values.putIfAbsent("scheduler", "karras");
            }
        }
        if (values.get("scheduler") instanceof String scheduler) {
            values.put("scheduler", scheduler.toLowerCase(Locale.ROOT).replace(' ', '_'));
        }
    }

    private static Map<String, String> named(String pairs) {
        Map<String, String> named = new LinkedHashMap<>();
        for (String pair : pairs.split(",")) {
            int colon = pair.lastIndexOf(':');
            if (colon > 0) {
                named.put(
                        pair.substring(0, colon).strip(),
                        pair.substring(colon + 1).strip());
            }
        }
        return named;
    }

    private void putLoras() {
        if (loraHashes.isEmpty() && loraWeights.isEmpty()) {
            return;
        }
        Map<String, String> names = new LinkedHashMap<>(loraWeights);
        loraHashes.keySet().forEach(name -> names.putIfAbsent(name, "1.0"));
        List<List<Object>> loras = new ArrayList<>();
        names.forEach((name, weight) -> loras.add(Arrays.asList(name, number(weight), loraHashes.get(name))));
        values.put("loras", loras);
    }
}
