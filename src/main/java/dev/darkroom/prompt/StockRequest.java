package dev.darkroom.prompt;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * FooocusAPI's stock defaults. Its clients send them without meaning them, so a preset's or a model's own values go
 * before them.
 */
public final class StockRequest {

    /** The styles of a bare request. */
    public static final List<String> STYLES = List.of(Styles.EXPANSION, "Fooocus Enhance", "Fooocus Sharp");

    private static final String ASPECT = "aspect_ratios_selection";

    private static final Map<String, Object> VALUES = Map.ofEntries(
            Map.entry("prompt", ""),
            Map.entry("negative_prompt", ""),
            Map.entry("style_selections", STYLES),
            Map.entry("performance_selection", "Speed"),
            Map.entry(ASPECT, "1152*896"),
            Map.entry("sharpness", 2.0),
            Map.entry("guidance_scale", 4.0),
            Map.entry("base_model_name", "juggernautXL_v8Rundiffusion.safetensors"),
            Map.entry("refiner_model_name", "None"),
            Map.entry("refiner_switch", 0.5),
            Map.entry("adaptive_cfg", 7.0),
            Map.entry("clip_skip", 2.0),
            Map.entry("sampler_name", "dpmpp_2m_sde_gpu"),
            Map.entry("scheduler_name", "karras"),
            Map.entry("vae_name", "Default (model)"),
            Map.entry("overwrite_step", -1.0),
            Map.entry("overwrite_switch", -1.0));

    private StockRequest() {}

    /**
     * Tells whether a request's field has its stock value.
     *
     * @param value a text, a number, a list of texts, or null if the field is absent
     */
    public static boolean isStock(String field, @Nullable Object value) {
        Object stock = VALUES.get(field);
        if (value == null || stock == null) {
            return value == null;
        }
        if (value instanceof Number number) {
            return stock instanceof Double && number.doubleValue() == (Double) stock;
        }
        if (field.equals(ASPECT)) {
            return value.toString()
                    .replaceAll("\\s", "")
                    .replaceAll("[×xX]", "*")
                    .equals(stock);
        }
        return stock.equals(value);
    }

    /** Tells whether it is the LoRA that stock requests ask for. */
    public static boolean isStock(LoraWeight lora) {
        return lora.stem().equals("sd_xl_offset_example-lora_1.0") && lora.weight() == 0.1;
    }
}
