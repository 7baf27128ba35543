package dev.darkroom.prompt;

import dev.darkroom.image.GenerationParameters;
import dev.darkroom.image.ImageSize;
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

    public static final String MODEL = "juggernautXL_v8Rundiffusion.safetensors";
    public static final String SAMPLER = "dpmpp_2m_sde_gpu";
    public static final String SCHEDULER = "karras";
    public static final double GUIDANCE = 4.0;
    public static final double SHARPNESS = 2.0;
    public static final int CLIP_SKIP = 2;
    public static final ImageSize SIZE = new ImageSize(1152, 896);

    /** A LoRA that Fooocus downloads for everybody. */
    public static final String LORA = "sd_xl_offset_example-lora_1.0.safetensors";

    private static final String ASPECT = "aspect_ratios_selection";

    private static final Map<String, Object> VALUES = Map.ofEntries(
            Map.entry("prompt", ""),
            Map.entry("negative_prompt", ""),
            Map.entry("style_selections", STYLES),
            Map.entry("performance_selection", Performance.SPEED.title()),
            Map.entry(ASPECT, SIZE),
            Map.entry("sharpness", SHARPNESS),
            Map.entry("guidance_scale", GUIDANCE),
            Map.entry("base_model_name", MODEL),
            Map.entry("refiner_model_name", "None"),
            Map.entry("refiner_switch", 0.5),
            Map.entry("adaptive_cfg", 7.0),
            Map.entry("clip_skip", (double) CLIP_SKIP),
            Map.entry("sampler_name", SAMPLER),
            Map.entry("scheduler_name", SCHEDULER),
            Map.entry("vae_name", GenerationParameters.OWN_VAE),
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
            return AspectRatios.parse(value.toString()).filter(SIZE::equals).isPresent();
        }
        return stock.equals(value);
    }

    /** Tells whether it is the LoRA that stock requests ask for. */
    public static boolean isStock(LoraWeight lora) {
        return lora.stem().equals(new LoraWeight(LORA, 1).stem()) && lora.weight() == 0.1;
    }
}
