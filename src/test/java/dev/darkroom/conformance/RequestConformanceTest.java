package dev.darkroom.conformance;

import static dev.darkroom.conformance.ConformanceServer.CAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What FooocusAPI's requests may hold, and how they are refused. */
@ExtendWith(ConformanceServer.Shared.class)
final class RequestConformanceTest {

    private static final String GENERATE = "/v1/engine/generate";
    private static final String PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC";

    /** Every field of a bare request as its record shows it, but for the seed. */
    private static final String DEFAULTS = """
            {"prompt":"","negative_prompt":"","style_selections":["Fooocus V2","Fooocus Enhance","Fooocus Sharp"],
             "performance_selection":"Speed","aspect_ratios_selection":"1152×896","image_number":1,
             "output_format":"png","read_wildcards_in_order":false,"sharpness":2.0,"guidance_scale":4.0,
             "base_model_name":"juggernautXL_v8Rundiffusion.safetensors","refiner_model_name":"None",
             "refiner_switch":0.5,"loras":[true,"sd_xl_offset_example-lora_1.0.safetensors",0.1,true,"None",1.0,
             true,"None",1.0,true,"None",1.0,true,"None",1.0],"input_image_checkbox":true,"current_tab":"uov",
             "uov_method":"Disabled","uov_input_image":"","outpaint_selections":[],"inpaint_input_image":"",
             "inpaint_additional_prompt":"","inpaint_mask_image_upload":"","disable_preview":false,
             "disable_intermediate_results":false,"disable_seed_increment":false,"black_out_nsfw":false,
             "adm_scaler_positive":1.5,"adm_scaler_negative":0.8,"adm_scaler_end":0.3,"adaptive_cfg":7.0,"clip_skip":2,
             "sampler_name":"dpmpp_2m_sde_gpu","scheduler_name":"karras","vae_name":"Default (model)",
             "overwrite_step":-1,"overwrite_switch":-1,"overwrite_width":-1,"overwrite_height":-1,
             "overwrite_vary_strength":-1.0,"overwrite_upscale_strength":-1.0,
             "mixing_image_prompt_and_vary_upscale":false,"mixing_image_prompt_and_inpaint":false,
             "debugging_cn_preprocessor":false,"skipping_cn_preprocessor":false,"canny_low_threshold":64,
             "canny_high_threshold":128,"refiner_swap_method":"joint","controlnet_softness":0.25,"freeu_enabled":false,
             "freeu_b1":1.01,"freeu_b2":1.02,"freeu_s1":0.99,"freeu_s2":0.95,"debugging_inpaint_preprocessor":false,
             "inpaint_disable_initial_latent":false,"inpaint_engine":"v2.6","inpaint_strength":1.0,
             "inpaint_respective_field":0.618,"inpaint_advanced_masking_checkbox":false,"invert_mask_checkbox":false,
             "inpaint_erode_or_dilate":0,"save_final_enhanced_image_only":false,"save_metadata_to_images":true,
             "metadata_scheme":"fooocus","debugging_dino":false,"dino_erode_or_dilate":0,
             "debugging_enhance_masks_checkbox":false,"enhance_input_image":"","enhance_checkbox":false,
             "enhance_uov_method":"Disabled","enhance_uov_processing_order":"Before First Enhancement",
             "enhance_uov_prompt_type":"Original Prompts","generate_image_grid":false,"save_name":null,
             "outpaint_distance":[0,0,0,0],"upscale_multiple":1.0,"preset":"initial","stream_output":false,
             "require_base64":false,"async_process":false,"webhook_url":""}""";

    private final Wire ann;

    RequestConformanceTest(ConformanceServer server) {
        ann = server.ann;
    }

    private static String text(String key, Object value) {
        return CAT.copy().put("async_process", true).put(key, value).encode();
    }

    private Wire.Answer with(String key, Object value) throws Exception {
        return ann.post(GENERATE, text(key, value));
    }

    private void accepts(String key, Object value) throws Exception {
        Wire.Answer answer = with(key, value);
        assertThat(answer.status()).as("%s: %s: %s", key, value, answer.text()).isEqualTo(200);
    }

    private void refuses(String key, Object value, String location) throws Exception {
        Wire.Answer answer = with(key, value);
        assertThat(answer.status()).as("%s: %s", key, value).isEqualTo(422);
        assertThat(answer.firstMistake()).isEqualTo(location);
    }

    private JsonObject stored(String key, Object value) throws Exception {
        Wire.Answer answer = with(key, value);
        return ann.task(answer.json().getString("task_id")).getJsonObject("req_params");
    }

    @Test
    @Fact(number = "1.3-1", text = "A bare request has every field of `CommonRequest` with the stock default.")
    void aBareRequestHasEveryDefault() throws Exception {
        JsonObject stored = ann.finished(new JsonObject()).getJsonObject("req_params");
        JsonObject expected = new JsonObject(DEFAULTS);
        expected.forEach(entry ->
                assertThat(stored.getValue(entry.getKey())).as(entry.getKey()).isEqualTo(entry.getValue()));
        assertThat(stored.fieldNames()).containsAll(expected.fieldNames());
    }

    @Test
    @Fact(
            number = "1.3-2",
            text = "Numbers beyond a field's bounds are a 422 with `ge` or `le`; the bounds are allowed.")
    void boundsAreKept() throws Exception {
        Map<String, double[]> bounds = new LinkedHashMap<>();
        bounds.put("image_number", new double[] {1, 32});
        bounds.put("sharpness", new double[] {0, 30});
        bounds.put("guidance_scale", new double[] {1, 30});
        bounds.put("refiner_switch", new double[] {0.1, 1});
        bounds.put("adm_scaler_positive", new double[] {0, 3});
        bounds.put("adm_scaler_negative", new double[] {0, 3});
        bounds.put("adm_scaler_end", new double[] {0, 1});
        bounds.put("adaptive_cfg", new double[] {1, 30});
        bounds.put("clip_skip", new double[] {1, 12});
        bounds.put("overwrite_width", new double[] {-1, 2048});
        bounds.put("overwrite_height", new double[] {-1, 2048});
        bounds.put("overwrite_vary_strength", new double[] {-1, 1});
        bounds.put("overwrite_upscale_strength", new double[] {-1, 1});
        bounds.put("canny_low_threshold", new double[] {1, 255});
        bounds.put("canny_high_threshold", new double[] {1, 255});
        bounds.put("controlnet_softness", new double[] {0, 1});
        bounds.put("inpaint_strength", new double[] {0, 1});
        bounds.put("inpaint_respective_field", new double[] {0, 1});
        bounds.put("inpaint_erode_or_dilate", new double[] {-64, 64});
        bounds.put("dino_erode_or_dilate", new double[] {-64, 64});
        bounds.put("upscale_multiple", new double[] {1, 5});
        for (Map.Entry<String, double[]> field : bounds.entrySet()) {
            double least = field.getValue()[0];
            double most = field.getValue()[1];
            JsonObject low = with(field.getKey(), least - 1).detail();
            JsonObject high = with(field.getKey(), most + 1).detail();
            assertThat(low.getString("type")).as(field.getKey()).isEqualTo("greater_than_equal");
            assertThat(low.getJsonObject("ctx").getDouble("ge")).isEqualTo(least);
            assertThat(high.getString("type")).as(field.getKey()).isEqualTo("less_than_equal");
            assertThat(high.getJsonObject("ctx").getDouble("le")).isEqualTo(most);
            // both at once, one task a field: pictures of 2048 pixels or 32 images would take long
            if (!field.getKey().startsWith("overwrite_") && !field.getKey().equals("image_number")) {
                accepts(field.getKey(), least);
                accepts(field.getKey(), most);
            }
        }
    }

    @Test
    @Fact(number = "1.3-3", text = "A word that an enumeration has not is a 422 of type `enum`.")
    void enumerationsAreKept() throws Exception {
        for (String field : List.of(
                "performance_selection",
                "uov_method",
                "enhance_uov_method",
                "metadata_scheme",
                "sampler_name",
                "scheduler_name",
                "output_format")) {
            assertThat(with(field, "no such word").detail().getString("type"))
                    .as(field)
                    .isEqualTo("enum");
        }
        refuses("outpaint_selections", new JsonArray().add("Left").add("Up"), "body.outpaint_selections.1");
    }

    @Test
    @Fact(number = "1.3-4", text = "Texts are strict: a number where a text belongs is a 422 of type `string_type`.")
    void textsAreStrict() throws Exception {
        for (String field : List.of("prompt", "negative_prompt", "base_model_name", "refiner_model_name", "preset")) {
            assertThat(with(field, 5).detail().getString("type")).as(field).isEqualTo("string_type");
        }
    }

    @Test
    @Fact(number = "1.3-5", text = "Booleans and numbers are also read from texts, and booleans from 0 and 1.")
    void booleansAndNumbersAreLenient() throws Exception {
        assertThat(stored("disable_preview", "true").getBoolean("disable_preview"))
                .isTrue();
        assertThat(stored("disable_preview", 1).getBoolean("disable_preview")).isTrue();
        assertThat(stored("clip_skip", "3").getInteger("clip_skip")).isEqualTo(3);
        assertThat(stored("sharpness", "3.5").getDouble("sharpness")).isEqualTo(3.5);
        assertThat(with("disable_preview", "perhaps").detail().getString("type"))
                .isEqualTo("bool_parsing");
    }

    @Test
    @Fact(
            number = "1.3-6",
            text = "`output_format` `jpg` means `jpeg`, with metadata and the same quality.",
            insteadOf = "`jpg` is saved in lower quality and without metadata")
    void jpgIsAnAlias() throws Exception {
        JsonObject record = ann.finished(CAT.copy().put("output_format", "jpg"));
        byte[] file = ann.get(record.getJsonArray("result").getString(0)).bytes();
        assertThat(new dev.darkroom.image.ImageDecoder().parameters(file)).containsKey("parameters");
    }

    @Test
    @Fact(
            number = "1.3-7",
            text = "`metadata_scheme` `a111`, as the documentation has it, means `a1111`.",
            insteadOf = "it is a 422")
    void a111IsAnAlias() throws Exception {
        assertThat(stored("metadata_scheme", "a111").getString("metadata_scheme"))
                .isEqualTo("a1111");
    }

    @Test
    @Fact(number = "1.3-8", text = "A size is `W*H`, `W×H` or `WxH`, from no list; the record shows `W×H`.")
    void sizesMayBeWrittenInThreeWays() throws Exception {
        for (String size : List.of("640*448", "640×448", "640x448", "640×448 <span> | 10:7</span>")) {
            assertThat(stored("aspect_ratios_selection", size).getString("aspect_ratios_selection"))
                    .isEqualTo("640×448");
        }
    }

    @Test
    @Fact(number = "1.3-9", text = "A seed of -1 or out of range is drawn; up to 2^63-1 it is kept as a JSON integer.")
    void seedsAreKeptOrDrawn() throws Exception {
        assertThat(stored("image_seed", Long.MAX_VALUE).getValue("image_seed")).isEqualTo(Long.MAX_VALUE);
        for (Object seed : List.of(-1, -5, "99999999999999999999")) {
            assertThat(((Number) stored("image_seed", seed).getValue("image_seed")).longValue())
                    .isNotNegative();
        }
        assertThat(stored("image_seed", -1).getValue("image_seed"))
                .isNotEqualTo(stored("image_seed", -1).getValue("image_seed"));
    }

    @Test
    @Fact(number = "1.3-10", text = "A LoRA needs `enabled` and `model_name`, and has a weight from -2 to 2.")
    void aLoraHasItsFields() throws Exception {
        refuses("loras", new JsonArray().add(new JsonObject().put("model_name", "x")), "body.loras.0.enabled");
        refuses("loras", new JsonArray().add(new JsonObject().put("enabled", false)), "body.loras.0.model_name");
        JsonObject lora = new JsonObject().put("enabled", false).put("model_name", "x");
        refuses("loras", new JsonArray().add(lora.copy().put("weight", 2.5)), "body.loras.0.weight");
        accepts("loras", new JsonArray().add(lora));
    }

    @Test
    @Fact(number = "1.3-11", text = "The record's LoRAs are one flat list of fifteen values, five LoRAs padded or cut.")
    void lorasAreFlattened() throws Exception {
        JsonObject off = new JsonObject().put("enabled", false).put("model_name", "x");
        JsonArray six = new JsonArray();
        for (int i = 0; i < 6; i++) {
            six.add(off);
        }
        assertThat(stored("loras", six).getJsonArray("loras")).hasSize(15);
        assertThat(stored("loras", new JsonArray().add(off))
                        .getJsonArray("loras")
                        .encode())
                .isEqualTo("[false,\"x\",0.5" + ",true,\"None\",1.0".repeat(4) + "]");
    }

    @Test
    @Fact(
            number = "1.3-12",
            text = "`save_name` `null` means the usual name.",
            insteadOf = "an explicit null is a 422, though null is the default")
    void saveNameMayBeNull() throws Exception {
        accepts("save_name", null);
    }

    @Test
    @Fact(
            number = "1.3-13",
            text = "An unknown style, model or preset and a size that can't be read are a 422 that names the field.",
            insteadOf = "the task ends with no images and no word")
    void unknownNamesAreRefused() throws Exception {
        refuses("style_selections", new JsonArray().add("Fooocus V2").add("No Style"), "body.style_selections.1");
        refuses("base_model_name", "no-such-model.safetensors", "body.base_model_name");
        refuses("preset", "no-such-preset", "body.preset");
        refuses("aspect_ratios_selection", "wide", "body.aspect_ratios_selection");
    }

    @Test
    @Fact(number = "1.3-14", text = "Null, an empty text, `None`, `none`, `null` and `string` mean no picture.")
    void sentinelsMeanNoPicture() throws Exception {
        for (String field :
                List.of("uov_input_image", "inpaint_input_image", "inpaint_mask_image_upload", "enhance_input_image")) {
            for (String nothing : new String[] {null, "", "None", "none", "null", "string"}) {
                accepts(field, nothing);
            }
        }
    }

    @Test
    @Fact(
            number = "1.3-15",
            text = "A picture that can't be used is a 422 that names its field.",
            insteadOf = "one that can't be fetched is taken for none, one that can't be read is a 500")
    void picturesAreRefusedByTheirField() throws Exception {
        for (String field :
                List.of("uov_input_image", "inpaint_input_image", "inpaint_mask_image_upload", "enhance_input_image")) {
            for (String image :
                    List.of(PIXEL, "data:image/png;base64," + PIXEL, "http://127.0.0.1:1/x.png", "not base64!")) {
                refuses(field, image, "body." + field);
            }
        }
        JsonArray prompts = new JsonArray()
                .add(new JsonObject())
                .add(new JsonObject().put("cn_img", PIXEL).put("cn_type", "PyraCanny"));
        refuses("controlnet_image", prompts, "body.controlnet_image.1.cn_img");
    }

    @Test
    @Fact(
            number = "1.3-16",
            text =
                    "What the server can't do - a refiner, another VAE, an absent LoRA, a safety checker, FreeU, enhancing -"
                            + " is a 422 that names the field.",
            insteadOf = "a missing LoRA is left out without a word, a missing model crashes the task")
    void whatCanNotBeDoneIsRefusedByItsField() throws Exception {
        refuses("refiner_model_name", "sd_xl_refiner_1.0.safetensors", "body.refiner_model_name");
        refuses("vae_name", "other.safetensors", "body.vae_name");
        refuses("black_out_nsfw", true, "body.black_out_nsfw");
        refuses("freeu_enabled", true, "body.freeu_enabled");
        JsonObject lora = new JsonObject()
                .put("enabled", true)
                .put("model_name", "none-such.safetensors")
                .put("weight", 0.5);
        refuses("loras", new JsonArray().add(lora), "body.loras.0.model_name");
        Wire.Answer enhance = ann.post(
                GENERATE,
                CAT.copy()
                        .put("enhance_checkbox", true)
                        .put("enhance_ctrls", new JsonArray().add(new JsonObject().put("enhance_enabled", true)))
                        .encode());
        assertThat(enhance.firstMistake()).isEqualTo("body.enhance_checkbox");
    }

    @Test
    @Fact(
            number = "1.3-17",
            text = "What has no effect without a picture - methods, masks, ControlNet values - is accepted and kept.")
    void whatNeedsAPictureHasNoEffectWithoutOne() throws Exception {
        accepts("uov_method", "Upscale (2x)");
        accepts("outpaint_selections", new JsonArray().add("Left"));
        accepts("inpaint_additional_prompt", "a hat");
        accepts("enhance_checkbox", true);
        accepts("mixing_image_prompt_and_inpaint", true);
        assertThat(stored("inpaint_engine", "v1").getString("inpaint_engine")).isEqualTo("v1");
    }

    @Test
    @Fact(
            number = "1.3-18",
            text = "Extreme Speed, Lightning and Hyper-SD keep their steps without their LoRA, and the record's `notes`"
                    + " say that it was not there.",
            insteadOf = "a missing LoRA is a line in the log")
    void fastPresetsSayThatTheirLoraWasNotThere() throws Exception {
        Map<String, Integer> steps = Map.of("Extreme Speed", 8, "Lightning", 4, "Hyper-SD", 4);
        for (Map.Entry<String, Integer> preset : steps.entrySet()) {
            JsonObject request = new JsonObject()
                    .put("performance_selection", preset.getKey())
                    .put("stream_output", true);
            Wire.Answer answer = ann.post(GENERATE, request.encode());
            assertThat(answer.text()).contains("Sampling step %d/%d,".formatted(preset.getValue(), preset.getValue()));
            JsonObject record = ann.ended(answer.header("X-Task-Id"));
            assertThat(record.getJsonArray("notes").encode()).contains("LoRA");
        }
    }

    @Test
    @Fact(
            number = "1.3-19",
            text = "`cn_stop` and `cn_weight` may be null.",
            insteadOf = "null passes and crashes the task")
    void controlNetValuesMayBeNull() throws Exception {
        JsonArray prompts = new JsonArray()
                .add(new JsonObject().putNull("cn_img").putNull("cn_stop").putNull("cn_weight"));
        assertThat(stored("controlnet_image", prompts)
                        .getJsonArray("controlnet_image")
                        .getJsonObject(0)
                        .getDouble("cn_stop"))
                .isEqualTo(0.6);
    }

    @Test
    @Fact(
            number = "1.5-1",
            text =
                    "`req_params` is the request after processing: `input_image_checkbox` true, masks off, four entries of"
                            + " `controlnet_image`, three of `enhance_ctrls` with sixteen fields each.")
    void theStoredRequestIsCompleted() throws Exception {
        JsonObject stored = stored("invert_mask_checkbox", true);
        assertThat(stored.getBoolean("input_image_checkbox")).isTrue();
        assertThat(stored.getBoolean("invert_mask_checkbox")).isFalse();
        assertThat(stored.getBoolean("inpaint_advanced_masking_checkbox")).isFalse();
        assertThat(stored.getJsonArray("controlnet_image")).hasSize(4);
        assertThat(stored.getJsonArray("controlnet_image").getJsonObject(3).encode())
                .isEqualTo("{\"cn_img\":\"\",\"cn_stop\":0.6,\"cn_weight\":0.6,\"cn_type\":\"ImagePrompt\"}");
        assertThat(stored.getJsonArray("enhance_ctrls")).hasSize(3);
        assertThat(stored.getJsonArray("enhance_ctrls").getJsonObject(0).fieldNames())
                .hasSize(16);
    }

    @Test
    @Fact(
            number = "1.5-2",
            text =
                    "A preset's values, its model among them, take the place of what the request leaves at the stock value,"
                            + " and `req_params` shows them; that its model is not there stands in the record's `notes`.",
            insteadOf = "guidance is not taken over, and a model that is not there crashes the task")
    void aPresetFillsWhatTheRequestLeavesOpen() throws Exception {
        JsonObject record = ann.finished(CAT.copy().put("preset", "calm"));
        JsonObject stored = record.getJsonObject("req_params");
        assertThat(stored.getDouble("guidance_scale")).isEqualTo(2.5);
        assertThat(stored.getJsonArray("style_selections")).isEmpty();
        assertThat(record.getJsonArray("notes"))
                .contains("The preset calm is meant for the model none-such.safetensors; this is tiny.");
        assertThat(stored("preset", "initial").getDouble("guidance_scale")).isEqualTo(4.0);
    }
}
