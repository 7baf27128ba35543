package dev.darkroom.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A preset in Fooocus' format. Keys that say nothing about a request, such as addresses of downloads, are passed over. */
final class PresetFile {

    private enum Kind {
        TEXT,
        WHOLE,
        NUMBER,
        TEXTS
    }

    private record Field(String name, Kind kind) {}

    private static final Map<String, Field> FIELDS = Map.ofEntries(
            Map.entry("default_model", new Field("base_model_name", Kind.TEXT)),
            Map.entry("default_refiner", new Field("refiner_model_name", Kind.TEXT)),
            Map.entry("default_refiner_switch", new Field("refiner_switch", Kind.NUMBER)),
            Map.entry("default_cfg_scale", new Field("guidance_scale", Kind.NUMBER)),
            Map.entry("default_sample_sharpness", new Field("sharpness", Kind.NUMBER)),
            Map.entry("default_cfg_tsnr", new Field("adaptive_cfg", Kind.NUMBER)),
            Map.entry("default_clip_skip", new Field("clip_skip", Kind.WHOLE)),
            Map.entry("default_sampler", new Field("sampler_name", Kind.TEXT)),
            Map.entry("default_scheduler", new Field("scheduler_name", Kind.TEXT)),
            Map.entry("default_overwrite_step", new Field("overwrite_step", Kind.WHOLE)),
            Map.entry("default_overwrite_switch", new Field("overwrite_switch", Kind.WHOLE)),
            Map.entry("default_performance", new Field("performance_selection", Kind.TEXT)),
            Map.entry("default_prompt", new Field("prompt", Kind.TEXT)),
            Map.entry("default_prompt_negative", new Field("negative_prompt", Kind.TEXT)),
            Map.entry("default_styles", new Field("style_selections", Kind.TEXTS)),
            Map.entry("default_aspect_ratio", new Field("aspect_ratios_selection", Kind.TEXT)),
            Map.entry("default_vae", new Field("vae_name", Kind.TEXT)));

    private final Path file;

    private PresetFile(Path file) {
        this.file = file;
    }

    static Preset read(String name, Path file) throws JsonConfigFile.Unusable {
        return new PresetFile(file).preset(name);
    }

    private Preset preset(String name) throws JsonConfigFile.Unusable {
        JsonNode root = JsonConfigFile.read(file);
        if (!root.isObject()) {
            throw new JsonConfigFile.Unusable("%s holds no JSON object".formatted(file));
        }
        Map<String, Object> values = new LinkedHashMap<>();
        for (Map.Entry<String, Field> field : FIELDS.entrySet()) {
            JsonNode node = root.path(field.getKey());
            if (!node.isMissingNode() && !node.isNull()) {
                values.put(
                        field.getValue().name(),
                        value(field.getKey(), field.getValue().kind(), node));
            }
        }
        return new Preset(name, values, loras(root.path("default_loras")));
    }

    private Object value(String key, Kind kind, JsonNode node) throws JsonConfigFile.Unusable {
        switch (kind) {
            case TEXT -> {
                check(key, node.isTextual(), "a text");
                return node.asText();
            }
            case WHOLE -> {
                check(key, node.isIntegralNumber() && node.canConvertToInt(), "a whole number");
                return node.asLong();
            }
            case NUMBER -> {
                check(key, node.isNumber(), "a number");
                return node.asDouble();
            }
            default -> {
                check(key, node.isArray(), "a list of texts");
                List<String> texts = new ArrayList<>();
                for (JsonNode element : node) {
                    check(key, element.isTextual(), "a list of texts");
                    texts.add(element.asText());
                }
                return List.copyOf(texts);
            }
        }
    }

    /** Older files leave out whether a LoRA is switched on. */
    private List<LoraWeight> loras(JsonNode list) throws JsonConfigFile.Unusable {
        List<LoraWeight> loras = new ArrayList<>();
        for (JsonNode entry : list) {
            int name = entry.size() - 2;
            check(
                    "default_loras",
                    (name == 0 || name == 1 && entry.path(0).isBoolean())
                            && entry.path(name).isTextual()
                            && entry.path(name + 1).isNumber(),
                    "a list of [switched on, name, weight]");
            boolean on = name == 0 || entry.path(0).asBoolean();
            if (on && !entry.path(name).asText().equals("None")) {
                loras.add(new LoraWeight(
                        entry.path(name).asText(), entry.path(name + 1).asDouble()));
            }
        }
        return loras;
    }

    private void check(String key, boolean holds, String expected) throws JsonConfigFile.Unusable {
        if (!holds) {
            throw new JsonConfigFile.Unusable("%s: %s must be %s".formatted(file, key, expected));
        }
    }
}
