package dev.darkroom.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.image.GenerationParameters.Lora;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Fooocus' scheme {@code a1111}: the prompt, a line with the negative one, and a line of {@code Name: value} pairs, as
 * AUTOMATIC1111's web interface writes and reads it.
 */
final class A1111Text {

    static final String SCHEME = "a1111";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** What AUTOMATIC1111 calls Fooocus' samplers; the others it does not have. */
    private static final Map<String, String> SAMPLERS = Map.ofEntries(
            Map.entry("euler", "Euler"),
            Map.entry("euler_ancestral", "Euler a"),
            Map.entry("heun", "Heun"),
            Map.entry("dpm_2", "DPM2"),
            Map.entry("dpm_2_ancestral", "DPM2 a"),
            Map.entry("lms", "LMS"),
            Map.entry("dpm_fast", "DPM fast"),
            Map.entry("dpm_adaptive", "DPM adaptive"),
            Map.entry("dpmpp_2s_ancestral", "DPM++ 2S a"),
            Map.entry("dpmpp_sde", "DPM++ SDE"),
            Map.entry("dpmpp_sde_gpu", "DPM++ SDE"),
            Map.entry("dpmpp_2m", "DPM++ 2M"),
            Map.entry("dpmpp_2m_sde", "DPM++ 2M SDE"),
            Map.entry("dpmpp_2m_sde_gpu", "DPM++ 2M SDE"),
            Map.entry("lcm", "LCM"),
            Map.entry("tcd", "TCD"),
            Map.entry("restart", "Restart"),
            Map.entry("ddim", "DDIM"),
            Map.entry("uni_pc", "UniPC"));

    private A1111Text() {}

    static String render(GenerationParameters made) {
        Map<String, Object> pairs = new LinkedHashMap<>();
        pairs.put("Steps", made.steps());
        pairs.put("Sampler", sampler(made));
        pairs.put("Seed", made.seed());
        pairs.put("Size", made.width() + "x" + made.height());
        pairs.put("CFG scale", made.guidanceScale());
        pairs.put("Sharpness", made.sharpness());
        if (!made.admGuidance().isEmpty()) {
            pairs.put("ADM Guidance", PythonLiteral.tuple(made.admGuidance()));
        }
        pairs.put("Model", made.model());
        if (made.modelHash() != null) {
            pairs.put("Model hash", made.modelHash());
        }
        pairs.put("Performance", made.performance());
        pairs.put("Scheduler", made.scheduler());
        pairs.put("VAE", made.vae());
        pairs.put("Raw prompt", made.prompt());
        pairs.put("Raw negative prompt", made.negativePrompt());
        if (made.adaptiveCfg() != null) {
            pairs.put("Adaptive CFG", made.adaptiveCfg());
        }
        if (made.clipSkip() > 1) {
            pairs.put("Clip skip", made.clipSkip());
        }
        if (!made.loras().isEmpty()) {
            pairs.put("Lora hashes", loras(made, lora -> lora.hash() == null ? "" : lora.hash()));
            pairs.put("Lora weights", loras(made, lora -> Double.toString(lora.weight())));
        }
        pairs.put("Version", made.version());
        String line = pairs.entrySet().stream()
                .map(pair -> pair.getKey() + ": " + quoted(pair.getValue().toString()))
                .collect(Collectors.joining(", "));
        return String.join(", ", made.fullPrompt()) + "\nNegative prompt: "
                + String.join(", ", made.fullNegativePrompt()) + "\n" + line;
    }

    private static String loras(GenerationParameters made, Function<Lora, String> value) {
        return made.loras().stream()
                .map(lora -> lora.name() + ": " + value.apply(lora))
                .collect(Collectors.joining(", "));
    }

    /** Returns what AUTOMATIC1111 calls Fooocus' {@code sampler}, or {@code sampler} itself. */
    static String samplerCalled(String sampler) {
        return SAMPLERS.getOrDefault(sampler, sampler);
    }

    /** Returns Fooocus' name of what AUTOMATIC1111 calls {@code name}, or {@code name} itself. */
    static String samplerNamed(String name) {
        return SAMPLERS.entrySet().stream()
                .filter(sampler -> sampler.getValue().equalsIgnoreCase(name))
                .map(Map.Entry::getKey)
                .min(Comparator.comparingInt(String::length))
                .orElse(name);
    }

    private static String sampler(GenerationParameters made) {
        String name = samplerCalled(made.sampler());
        return made.scheduler().equals("karras") ? name + " Karras" : name;
    }

    /** Values that would end the pair or the line are written as JSON texts. */
    private static String quoted(String value) {
        if (value.chars().noneMatch(character -> character == ',' || character == ':' || character == '\n')) {
            return value;
        }
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("a text is always JSON", impossible);
        }
    }
}
