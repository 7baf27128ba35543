package dev.darkroom.image;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What made a picture, so that it can be made again. Of Fooocus' items the ones are written that Darkroom knows.
 *
 * @param prompt as the user typed it, wildcards and arrays resolved
 * @param negativePrompt as the user typed it, wildcards resolved
 * @param promptExpansion the prompt with the phrases that were added to it, or empty if none were
 * @param fullPrompt what was encoded, text by text, after styles, wildcards and expansion
 * @param fullNegativePrompt what was encoded
 * @param styles names
 * @param performance name of the preset of steps
 * @param steps that were sampled
 * @param width pixels
 * @param height pixels
 * @param guidanceScale classifier-free guidance
 * @param sharpness strength of the sharpness filter
 * @param admGuidance scale of the positive size, of the negative size, and the share of the steps that they hold for;
 *     empty if the model knows no such thing
 * @param adaptiveCfg guidance above which it was mimicked from a lower one, or null if that did not apply
 * @param clipSkip which of the text encoder's last layers was read, from 1
 * @param refinerSwitch share of the steps after which a refiner would take over
 * @param sampler Fooocus' name
 * @param scheduler Fooocus' name
 * @param vae name of the decoder, or {@link #OWN_VAE}
 * @param seed of this picture
 * @param model its name, without folder and file end
 * @param modelHash the first ten hexadecimal digits of the SHA-256 of its weights, or null if not known
 * @param loras what was laid over the weights
 * @param version of the program that made the picture: {@code Darkroom 0.1.0}
 */
public record GenerationParameters(
        String prompt,
        String negativePrompt,
        String promptExpansion,
        List<String> fullPrompt,
        List<String> fullNegativePrompt,
        List<String> styles,
        String performance,
        int steps,
        int width,
        int height,
        double guidanceScale,
        double sharpness,
        List<Double> admGuidance,
        @Nullable Double adaptiveCfg,
        int clipSkip,
        double refinerSwitch,
        String sampler,
        String scheduler,
        String vae,
        long seed,
        String model,
        @Nullable String modelHash,
        List<Lora> loras,
        String version) {

    /** The keyword of the parameters in either scheme. */
    public static final String PARAMETERS = "parameters";

    /** The keyword that says which scheme they are written in. */
    public static final String SCHEME = "fooocus_scheme";

    /** Fooocus' name for the decoder that belongs to the model. */
    public static final String OWN_VAE = "Default (model)";

    /**
     * Low-rank weights that were added to the model's.
     *
     * @param name without folder and file end
     * @param hash the first ten hexadecimal digits of the file's SHA-256, or null if not known
     */
    public record Lora(String name, double weight, @Nullable String hash) {}

    /**
     * One line of what made a picture.
     *
     * @param label for people
     * @param key Fooocus' name
     * @param value a text or a number
     */
    public record Item(String label, String key, Object value) {}

    public GenerationParameters {
        fullPrompt = List.copyOf(fullPrompt);
        fullNegativePrompt = List.copyOf(fullNegativePrompt);
        styles = List.copyOf(styles);
        admGuidance = List.copyOf(admGuidance);
        loras = List.copyOf(loras);
    }

    /**
     * Returns the keywords of a picture's file in the scheme that a request's {@code metadata_scheme} names:
     * {@code a1111}, or {@code fooocus} for everything else.
     */
    public Map<String, String> toScheme(String scheme) {
        return scheme.equals(A1111Text.SCHEME) ? toA1111() : toFooocus();
    }

    /** Returns the keywords with a JSON object as Fooocus writes it, all ASCII. */
    public Map<String, String> toFooocus() {
        return keywords(FooocusJson.render(this), FooocusJson.SCHEME);
    }

    /** Returns the keywords with a text as AUTOMATIC1111 writes it. */
    public Map<String, String> toA1111() {
        return keywords(A1111Text.render(this), A1111Text.SCHEME);
    }

    /** Returns the items in Fooocus' order, as its log shows them. */
    public List<Item> items() {
        List<Item> items = new ArrayList<>();
        items.add(new Item("Prompt", "prompt", prompt));
        items.add(new Item("Negative Prompt", "negative_prompt", negativePrompt));
        items.add(new Item("Fooocus V2 Expansion", "prompt_expansion", promptExpansion));
        items.add(new Item("Styles", "styles", PythonLiteral.list(styles)));
        items.add(new Item("Performance", "performance", performance));
        items.add(new Item("Steps", "steps", steps));
        items.add(new Item("Resolution", "resolution", "(%d, %d)".formatted(width, height)));
        items.add(new Item("Guidance Scale", "guidance_scale", guidanceScale));
        items.add(new Item("Sharpness", "sharpness", sharpness));
        if (!admGuidance.isEmpty()) {
            items.add(new Item("ADM Guidance", "adm_guidance", PythonLiteral.tuple(admGuidance)));
        }
        items.add(new Item("Base Model", "base_model", model));
        items.add(new Item("Refiner Model", "refiner_model", "None"));
        items.add(new Item("Refiner Switch", "refiner_switch", refinerSwitch));
        if (adaptiveCfg != null) {
            items.add(new Item("CFG Mimicking from TSNR", "adaptive_cfg", adaptiveCfg));
        }
        if (clipSkip > 1) {
            items.add(new Item("CLIP Skip", "clip_skip", clipSkip));
        }
        items.add(new Item("Sampler", "sampler", sampler));
        items.add(new Item("Scheduler", "scheduler", scheduler));
        items.add(new Item("VAE", "vae", vae));
        // a text, because readers in JavaScript round numbers above 2^53
        items.add(new Item("Seed", "seed", Long.toString(seed)));
        for (int i = 0; i < loras.size(); i++) {
            Lora lora = loras.get(i);
            items.add(new Item(
                    "LoRA " + (i + 1), "lora_combined_" + (i + 1), "%s : %s".formatted(lora.name(), lora.weight())));
        }
        items.add(new Item("Version", "version", version));
        return items;
    }

    private static Map<String, String> keywords(String parameters, String scheme) {
        Map<String, String> keywords = new LinkedHashMap<>();
        keywords.put(PARAMETERS, parameters);
        keywords.put(SCHEME, scheme);
        return keywords;
    }
}
