package dev.darkroom.http.fooocus;

import dev.darkroom.http.Detail;
import dev.darkroom.image.GenerationParameters;
import dev.darkroom.prompt.StockRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a request asks for and this version can't do, field by field, so that nobody waits for a picture that is
 * not what was meant. What FooocusAPI sends by default, and what has no effect there without a picture, passes.
 */
public final class UnsupportedFeatures {

    private static final Set<String> NO_IMAGE = Set.of("", "None", "none", "null", "string");
    private static final Set<String> NO_MODEL = Set.of("", "None", "none");
    private static final List<String> IMAGE_FIELDS =
            List.of("uov_input_image", "inpaint_input_image", "inpaint_mask_image_upload", "enhance_input_image");

    private static final int MOST_LORAS = 5;
    private static final int INPUT_SHOWN = 40;

    private final Map<String, Object> fields;
    private final List<Detail> mistakes;

    private UnsupportedFeatures(Map<String, Object> fields, List<Detail> mistakes) {
        this.fields = fields;
        this.mistakes = mistakes;
    }

    /** Adds to {@code mistakes} what {@code fields}, read by the schema, ask for in vain. */
    static void refuse(Map<String, Object> fields, List<Detail> mistakes) {
        UnsupportedFeatures features = new UnsupportedFeatures(fields, mistakes);
        features.images();
        features.loras();
        features.models();
        features.switches();
    }

    /** Tells whether a reference to a picture names one. */
    public static boolean isImage(@Nullable Object reference) {
        return reference instanceof String text && !NO_IMAGE.contains(text.trim());
    }

    private void images() {
        for (String field : IMAGE_FIELDS) {
            refuseImage(fields.get(field), List.of(field));
        }
        List<?> prompts = (List<?>) fields.get("controlnet_image");
        for (int i = 0; i < prompts.size(); i++) {
            refuseImage(((Map<?, ?>) prompts.get(i)).get("cn_img"), List.of("controlnet_image", i, "cn_img"));
        }
    }

    private void refuseImage(@Nullable Object image, List<Object> path) {
        if (isImage(image)) {
            String text = (String) image;
            refuse(
                    path,
                    "this version takes no input images: leave %s out".formatted(path.get(path.size() - 1)),
                    text.substring(0, Math.min(INPUT_SHOWN, text.length())));
        }
    }

    private void loras() {
        List<?> loras = (List<?>) fields.get("loras");
        for (int i = 0; i < Math.min(MOST_LORAS, loras.size()); i++) {
            Map<?, ?> lora = (Map<?, ?>) loras.get(i);
            String name = (String) lora.get("model_name");
            boolean meant = Boolean.TRUE.equals(lora.get("enabled"))
                    && !Double.valueOf(0).equals(lora.get("weight"));
            if (meant && !NO_MODEL.contains(name) && !name.equals(StockRequest.LORA)) {
                refuse(
                        List.of("loras", i, "model_name"),
                        "there is no LoRA \"%s\"; /v1/engines/all-models lists them".formatted(name),
                        name);
            }
        }
    }

    private void models() {
        String refiner = (String) fields.get("refiner_model_name");
        if (!NO_MODEL.contains(refiner)) {
            refuse(List.of("refiner_model_name"), "this version uses no refiner: send None", refiner);
        }
        String vae = (String) fields.get("vae_name");
        if (!NO_MODEL.contains(vae) && !vae.equals(GenerationParameters.OWN_VAE)) {
            refuse(
                    List.of("vae_name"),
                    "the model's own VAE is the only one: send " + GenerationParameters.OWN_VAE,
                    vae);
        }
    }

    private void switches() {
        refuseFlag("black_out_nsfw", "this version has no safety checker");
        refuseFlag("freeu_enabled", "this version has no FreeU");
        boolean upscales = !"Disabled".equals(fields.get("enhance_uov_method"));
        boolean repaints = ((List<?>) fields.get("enhance_ctrls"))
                .stream().anyMatch(ctrl -> Boolean.TRUE.equals(((Map<?, ?>) ctrl).get("enhance_enabled")));
        if (upscales || repaints) {
            refuseFlag("enhance_checkbox", "this version does not enhance images");
        }
    }

    private void refuseFlag(String field, String sentence) {
        if (Boolean.TRUE.equals(fields.get(field))) {
            refuse(List.of(field), sentence, true);
        }
    }

    private void refuse(List<Object> path, String sentence, Object input) {
        List<Object> location = new ArrayList<>(path.size() + 1);
        location.add("body");
        location.addAll(path);
        mistakes.add(Detail.valueError(location, sentence, input));
    }
}
