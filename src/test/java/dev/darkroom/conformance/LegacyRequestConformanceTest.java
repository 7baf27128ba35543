package dev.darkroom.conformance;

import static dev.darkroom.conformance.LegacyConformanceTest.CAT;
import static dev.darkroom.conformance.LegacyConformanceTest.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What requests of the older Fooocus-API may hold. */
@ExtendWith(ConformanceServer.Shared.class)
final class LegacyRequestConformanceTest {

    private static final String FORM = "multipart/form-data; boundary=edge";
    private static final String ASYNC = "true";
    private static final List<String> PATHS = List.of(
            "/v1/generation/image-upscale-vary",
            "/v1/generation/image-inpaint-outpaint",
            "/v2/generation/image-upscale-vary",
            "/v2/generation/image-inpaint-outpaint");

    private final ConformanceServer server;
    private final Wire legacy;

    LegacyRequestConformanceTest(ConformanceServer server) {
        this.server = server;
        legacy = server.legacy;
    }

    private static String form(Map<String, String> fields, String... files) {
        StringBuilder form = new StringBuilder();
        fields.forEach((name, value) -> form.append("--edge\r\nContent-Disposition: form-data; name=\"")
                .append(name)
                .append("\"\r\n\r\n")
                .append(value)
                .append("\r\n"));
        for (String file : files) {
            form.append("--edge\r\nContent-Disposition: form-data; name=\"")
                    .append(file)
                    .append("\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nnot really a picture\r\n");
        }
        return form.append("--edge--\r\n").toString();
    }

    /** Returns the request as FooocusAPI's record shows it. */
    private JsonObject stored(Wire.Answer answer) throws Exception {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return server.ann
                .task(answer.json().getString("job_id").replace("-", ""))
                .getJsonObject("req_params");
    }

    private Wire.Answer async(String path, JsonObject request) throws Exception {
        return legacy.post(path, request.copy().put("async_process", true).encode());
    }

    private JsonObject stored(JsonObject request) throws Exception {
        return stored(async(TEXT, request));
    }

    @Test
    @Fact(number = "2.1-3", text = "A 422 repeats the request under `body`.")
    void a422RepeatsTheRequest() throws Exception {
        Wire.Answer answer = legacy.post(TEXT, "{\"image_number\":99}");
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.firstMistake()).isEqualTo("body.image_number");
        assertThat(answer.json().getJsonObject("body").encode()).isEqualTo("{\"image_number\":99}");
    }

    @Test
    @Fact(number = "2.1-4", text = "A 422 of a form repeats its texts.", insteadOf = "it is a 500")
    void a422OfAFormRepeatsItsTexts() throws Exception {
        Wire.Answer answer =
                legacy.post("/v1/generation/image-prompt", form(Map.of("image_number", "99")), "Content-Type", FORM);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().getJsonObject("body").getString("image_number"))
                .isEqualTo("99");
    }

    @Test
    @Fact(number = "2.3-1", text = "A bare request is the same picture as a bare request of FooocusAPI.")
    void aBareRequestIsTheSameOnBothPorts() throws Exception {
        JsonObject mine = stored(new JsonObject().put("image_seed", 5));
        JsonObject theirs =
                server.ann.finished(new JsonObject().put("image_seed", 5)).getJsonObject("req_params");
        // these three have other defaults in the older API, or no effect on the picture
        for (String field : List.of("save_name", "async_process", "loras", "inpaint_respective_field")) {
            mine.remove(field);
            theirs.remove(field);
        }
        // says that a webhook is written in the older API's shape
        mine.remove("webhook_format");
        mine.remove("inpaint_advanced_masking_checkbox");
        theirs.remove("inpaint_advanced_masking_checkbox");
        assertThat(mine.getMap()).isEqualTo(theirs.getMap());
    }

    @Test
    @Fact(
            number = "2.3-2",
            text =
                    "`save_meta`, `meta_scheme`, `save_extension` and `advanced_params` mean FooocusAPI's fields of other names.")
    void fieldsAreTranslated() throws Exception {
        JsonObject advanced =
                new JsonObject().put("overwrite_step", 4).put("clip_skip", 3).put("sampler_name", "euler");
        JsonObject stored = stored(CAT.copy()
                .put("save_meta", false)
                .put("meta_scheme", "a1111")
                .put("save_extension", "webp")
                .put("advanced_params", advanced));
        assertThat(stored.getBoolean("save_metadata_to_images")).isFalse();
        assertThat(stored.getString("metadata_scheme")).isEqualTo("a1111");
        assertThat(stored.getString("output_format")).isEqualTo("webp");
        assertThat(stored.getInteger("clip_skip")).isEqualTo(3);
        assertThat(stored.getInteger("overwrite_step")).isEqualTo(4);
        assertThat(stored.getString("sampler_name")).isEqualTo("euler");
    }

    @Test
    @Fact(
            number = "2.3-3",
            text =
                    "Styles, models, refiners, LoRAs, samplers and schedulers that nobody knows are left out for the defaults.")
    void unknownNamesAreLeftOut() throws Exception {
        JsonObject stored = stored(CAT.copy()
                .put("style_selections", new JsonArray().add("No Style").add("Fooocus V2"))
                .put("base_model_name", "no-such-model.safetensors")
                .put("refiner_model_name", "no-such-refiner.safetensors")
                .put(
                        "loras",
                        new JsonArray()
                                .add(new JsonObject().put("enabled", true).put("model_name", "none-such")))
                .put(
                        "advanced_params",
                        new JsonObject()
                                .put("overwrite_step", 4)
                                .put("sampler_name", "none-such")
                                .put("scheduler_name", "none-such")));
        assertThat(stored.getJsonArray("style_selections").encode()).isEqualTo("[\"Fooocus V2\"]");
        assertThat(stored.getString("refiner_model_name")).isEqualTo("None");
        assertThat(stored.getJsonArray("loras").encode()).doesNotContain("none-such");
        assertThat(stored.getString("sampler_name")).isEqualTo("dpmpp_2m_sde_gpu");
        assertThat(stored.getString("scheduler_name")).isEqualTo("karras");
    }

    @Test
    @Fact(number = "2.3-4", text = "Bounds hold in `advanced_params` too, some of which differ from FooocusAPI's.")
    void boundsOfAdvancedParamsAreKept() throws Exception {
        Map<String, Object> wrong = Map.of(
                "overwrite_step", 201,
                "overwrite_switch", 1.5,
                "adm_scaler_negative", 0.05,
                "clip_skip", 13,
                "canny_low_threshold", 0);
        for (Map.Entry<String, Object> field : wrong.entrySet()) {
            JsonObject advanced = new JsonObject().put(field.getKey(), field.getValue());
            Wire.Answer answer = async(TEXT, new JsonObject().put("advanced_params", advanced));
            assertThat(answer.status()).as(field.getKey()).isEqualTo(422);
            assertThat(answer.firstMistake()).isEqualTo("body.advanced_params." + field.getKey());
        }
    }

    @Test
    @Fact(
            number = "2.3-5",
            text = "`meta_scheme` `a111` means `a1111`, and any other word is a 422.",
            insteadOf = "such a job kills the scheduler, and with it all jobs to come")
    void schemesAreKnownOrRefused() throws Exception {
        assertThat(stored(CAT.copy().put("meta_scheme", "a111")).getString("metadata_scheme"))
                .isEqualTo("a1111");
        assertThat(async(TEXT, CAT.copy().put("meta_scheme", "other")).firstMistake())
                .isEqualTo("body.meta_scheme");
    }

    @Test
    @Fact(number = "2.3-6", text = "`/v2/generation/text-to-image-with-ip` without pictures is as text-to-image.")
    void textToImageWithoutPicturesIsTextToImage() throws Exception {
        JsonArray empty = new JsonArray().add(new JsonObject().putNull("cn_img"));
        for (JsonObject request : List.of(CAT, CAT.copy().put("image_prompts", empty))) {
            JsonObject job =
                    async("/v2/generation/text-to-image-with-ip", request).json();
            assertThat(job.getString("job_type")).isEqualTo("Text to Image");
            assertThat(job.getString("job_stage")).isEqualTo("WAITING");
        }
    }

    @Test
    @Fact(
            number = "2.3-7",
            text =
                    "`image-prompt` without pictures makes images from the prompt, and the job's type is `Image Prompt`.")
    void imagePromptWithoutPicturesWorks() throws Exception {
        JsonObject request = CAT.copy().put("image_prompts", new JsonArray());
        JsonObject job = async("/v2/generation/image-prompt", request).json();
        assertThat(job.getString("job_type")).isEqualTo("Image Prompt");
        String path = "/v1/generation/query-job?job_id=" + job.getString("job_id");
        JsonObject done = legacy.await(path, "the job", answer -> answer.getInteger("job_progress") == 100);
        assertThat(done.getString("job_type")).isEqualTo("Image Prompt");
        assertThat(async("/v2/generation/image-prompt", CAT).firstMistake()).isEqualTo("body.image_prompts");
    }

    @Test
    @Fact(
            number = "2.3-8",
            text = "A form's lists are repeated fields or texts with commas; its structures are JSON texts.")
    void formsAreRead() throws Exception {
        JsonObject stored = stored(legacy.post(
                "/v1/generation/image-prompt",
                form(Map.of(
                        "prompt", "ein Käfer",
                        "style_selections", "Fooocus V2,SAI Anime",
                        "advanced_params", "{\"overwrite_step\": 4, \"clip_skip\": 5}",
                        "loras", "[]",
                        "image_number", "2",
                        "async_process", ASYNC)),
                "Content-Type",
                FORM));
        assertThat(stored.getString("prompt")).isEqualTo("ein Käfer");
        assertThat(stored.getJsonArray("style_selections").encode()).isEqualTo("[\"Fooocus V2\",\"SAI Anime\"]");
        assertThat(stored.getInteger("clip_skip")).isEqualTo(5);
        assertThat(stored.getInteger("image_number")).isEqualTo(2);
    }

    @Test
    @Fact(number = "2.3-9", text = "`save_meta` is true unless sent in JSON, and false in forms.")
    void saveMetaHasTwoDefaults() throws Exception {
        assertThat(stored(CAT).getBoolean("save_metadata_to_images")).isTrue();
        JsonObject form = stored(
                legacy.post("/v1/generation/image-prompt", form(Map.of("async_process", ASYNC)), "Content-Type", FORM));
        assertThat(form.getBoolean("save_metadata_to_images")).isFalse();
    }

    @Test
    @Fact(
            number = "2.3-10",
            text = "A mistake in a form's `advanced_params` is a 422.",
            insteadOf = "all of them silently take their defaults")
    void mistakesInAFormsParametersAreTold() throws Exception {
        for (String text : List.of("{\"clip_skip\": 99}", "{oops")) {
            Wire.Answer answer = legacy.post(
                    "/v1/generation/image-prompt", form(Map.of("advanced_params", text)), "Content-Type", FORM);
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.firstMistake()).startsWith("body.advanced_params");
        }
    }

    @Test
    @Fact(number = "2.3-11", text = "A picture that is needed and missing is a 422 of type `missing` at its field.")
    void aMissingPictureIsNamed() throws Exception {
        for (String path : PATHS) {
            Wire.Answer answer = path.startsWith("/v1")
                    ? legacy.post(path, form(Map.of("prompt", "x")), "Content-Type", FORM)
                    : legacy.post(path, "{}");
            assertThat(answer.status()).as(path).isEqualTo(422);
            assertThat(answer.firstMistake()).isEqualTo("body.input_image");
            assertThat(answer.detail().getString("type")).isEqualTo("missing");
        }
        assertThat(legacy.post("/v1/generation/image-enhance", form(Map.of()), "Content-Type", FORM)
                        .firstMistake())
                .isEqualTo("body.enhance_input_image");
    }

    @Test
    @Fact(number = "2.3-12", text = "A picture that can't be used is a 422 at its field, in forms and in JSON.")
    void picturesAreRefusedByTheirField() throws Exception {
        for (String path : PATHS) {
            Wire.Answer answer = path.startsWith("/v1")
                    ? legacy.post(path, form(Map.of("prompt", "x"), "input_image"), "Content-Type", FORM)
                    : legacy.post(path, "{\"input_image\":\"aGVsbG8=\"}");
            assertThat(answer.status()).as(path).isEqualTo(422);
            assertThat(answer.firstMistake()).isEqualTo("body.input_image");
            assertThat(answer.detail().getString("msg")).contains("input images");
        }
        assertThat(legacy.post("/v1/generation/image-prompt", form(Map.of(), "cn_img2"), "Content-Type", FORM)
                        .firstMistake())
                .isEqualTo("body.cn_img2");
        assertThat(legacy.post(
                                "/v2/generation/text-to-image-with-ip",
                                "{\"image_prompts\":[{\"cn_img\":\"aGVsbG8=\"}]}")
                        .firstMistake())
                .isEqualTo("body.image_prompts.0.cn_img");
        assertThat(legacy.post(
                                "/v2/generation/image-enhance",
                                "{\"enhance_input_image\":\"aGVsbG8=\",\"enhance_ctrlnets\":[]}")
                        .firstMistake())
                .isEqualTo("body.enhance_input_image");
    }

    @Test
    @Fact(
            number = "2.3-13",
            text =
                    "`describe-image` takes a form, `generate_mask` JSON; both say with a 422 at `image` that they are not there.")
    void toolsNameTheirPicture() throws Exception {
        Wire.Answer described = legacy.post("/v1/tools/describe-image", form(Map.of(), "image"), "Content-Type", FORM);
        assertThat(described.firstMistake()).isEqualTo("body.image");
        assertThat(described.detail().getString("type")).isEqualTo("value_error");
        assertThat(legacy.post("/v1/tools/describe-image", form(Map.of()), "Content-Type", FORM)
                        .detail()
                        .getString("type"))
                .isEqualTo("missing");
        assertThat(legacy.post("/v1/tools/generate_mask", "{\"image\":\"aGVsbG8=\"}")
                        .firstMistake())
                .isEqualTo("body.image");
    }

    @Test
    @Fact(
            number = "2.3-14",
            text = "A form over `http.body-limit` is a 413, one that can't be read a 400.",
            insteadOf = "there is no limit, and mistakes in forms are a 500")
    void formsHaveALimit() throws Exception {
        String large = form(Map.of("prompt", "x".repeat(1_200_000)));
        assertThat(legacy.post("/v1/generation/image-prompt", large, "Content-Type", FORM)
                        .status())
                .isEqualTo(413);
        assertThat(legacy.post("/v1/generation/image-prompt", "no form", "Content-Type", "multipart/form-data")
                        .status())
                .isEqualTo(400);
    }

    @Test
    @Fact(number = "2.1-5", text = "A wrong path is 404, a wrong method 405, both with a JSON `detail`.")
    void wrongPathsAndMethodsAreJson() throws Exception {
        assertThat(legacy.get("/nowhere").status()).isEqualTo(404);
        assertThat(legacy.get("/nowhere").json().getString("detail")).isEqualTo("Not Found");
        assertThat(legacy.get(TEXT).status()).isEqualTo(405);
        assertThat(legacy.get(TEXT).json().getString("detail")).isEqualTo("Method Not Allowed");
    }

    @Test
    @Fact(
            number = "2.2-6",
            text = "The misspelt `image-inpait-outpaint` of the first versions is as `image-inpaint-outpaint`.")
    void theMisspeltPathAnswers() throws Exception {
        String form = form(Map.of("prompt", "a cat"));
        Wire.Answer right = legacy.post("/v1/generation/image-inpaint-outpaint", form, "Content-Type", FORM);
        Wire.Answer misspelt = legacy.post("/v1/generation/image-inpait-outpaint", form, "Content-Type", FORM);
        assertThat(misspelt.status()).isEqualTo(422);
        assertThat(misspelt.text()).isEqualTo(right.text());
    }
}
