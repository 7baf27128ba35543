package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration files of a pipeline folder say, without opening a graph.
 *
 * @param latentChannels channels of a latent
 * @param latentScale pixels per latent position
 * @param sizeMultiple what width and height must be multiples of, in pixels
 * @param nativeSize side of the square it was trained on, in pixels
 * @param scalingFactor latents of the denoiser are the VAE's times this, after {@code shiftFactor} was taken away
 * @param shiftFactor usually 0
 * @param prediction what the denoiser predicts
 * @param schedule what it was trained on
 * @param textTokens positions that texts are filled up to with zeros, or null: as the tokenizer says
 * @param darkroom what {@code darkroom.json} adds
 */
record PipelineConfig(
        int latentChannels,
        int latentScale,
        int sizeMultiple,
        int nativeSize,
        float scalingFactor,
        float shiftFactor,
        Prediction prediction,
        TrainingSchedule schedule,
        @Nullable Integer textTokens,
        DarkroomJson darkroom) {

    static final String DENOISER = "unet/model.onnx";
    static final String TEXT_ENCODER = "text_encoder/model.onnx";
    static final String DECODER = "vae_decoder/model.onnx";

    /**
     * Reads a folder.
     *
     * @throws ModelException if a file is missing or wrong, or the pipeline is of a kind that is not supported
     */
    static PipelineConfig read(Path folder) throws ModelException {
        refuseOtherKinds(folder);
        for (String file : List.of(DENOISER, TEXT_ENCODER, DECODER)) {
            if (!Files.isRegularFile(folder.resolve(file))) {
                throw new ModelException("%s is missing".formatted(folder.resolve(file)));
            }
        }
        if (!Files.isDirectory(folder.resolve("tokenizer"))) {
            throw new ModelException("%s is missing".formatted(folder.resolve("tokenizer")));
        }
        DarkroomJson darkroom = DarkroomJson.read(folder);
        Path scheduler = folder.resolve("scheduler/scheduler_config.json");
        JsonNode schedule = JsonFile.required(scheduler);
        JsonNode unet = JsonFile.optional(folder.resolve("unet/config.json"));
        JsonNode vae = JsonFile.required(folder.resolve("vae_decoder/config.json"));
        JsonNode text = JsonFile.optional(folder.resolve("text_encoder/config.json"));

        int channels =
                vae.path("latent_channels").asInt(unet.path("in_channels").asInt(4));
        int inputs = unet.path("in_channels").asInt(channels);
        if (inputs != channels) {
            throw new ModelException(
                    "The denoiser takes %d channels and the VAE has %d: inpainting models are not supported"
                            .formatted(inputs, channels));
        }
        int scale = 1 << Math.max(0, vae.path("block_out_channels").size() - 1);
        if (vae.path("block_out_channels").isMissingNode()) {
            scale = 8;
        }
        int halvings = Math.max(0, unet.path("block_out_channels").size() - 1);
        Integer multiple = darkroom.sizeMultiple();
        JsonNode size = unet.path("sample_size");
        int side = size.isArray() ? size.path(0).asInt(64) : size.asInt(64);
        return new PipelineConfig(
                channels,
                scale,
                multiple == null ? scale << Math.min(halvings, 5) : multiple,
                side * scale,
                (float) vae.path("scaling_factor").asDouble(0.18215),
                (float) vae.path("shift_factor").asDouble(0),
                prediction(schedule.path("prediction_type").asText("epsilon"), scheduler),
                schedule(schedule, scheduler),
                text.path("darkroom").hasNonNull("max_tokens")
                        ? text.path("darkroom").path("max_tokens").asInt()
                        : null,
                darkroom);
    }

    private static void refuseOtherKinds(Path folder) throws ModelException {
        String kind = JsonFile.optional(folder.resolve("model_index.json"))
                .path("_class_name")
                .asText("");
        if (kind.contains("XL") || Files.isDirectory(folder.resolve("text_encoder_2"))) {
            throw new ModelException("%s is an SDXL pipeline, which is not supported yet".formatted(folder));
        }
        if (Files.isDirectory(folder.resolve("transformer"))) {
            throw new ModelException(
                    "%s has a transformer in place of a UNet, which is not supported yet".formatted(folder));
        }
    }

    private static Prediction prediction(String type, Path file) throws ModelException {
        return switch (type) {
            case "epsilon" -> Prediction.EPSILON;
            case "v_prediction" -> Prediction.V;
            default ->
                throw new ModelException(
                        "%s: prediction_type must be epsilon or v_prediction, found \"%s\"".formatted(file, type));
        };
    }

    private static TrainingSchedule schedule(JsonNode node, Path file) throws ModelException {
        String betas = node.path("beta_schedule").asText("scaled_linear");
        if (!betas.equals("scaled_linear") && !betas.equals("linear")) {
            throw new ModelException(
                    "%s: beta_schedule must be scaled_linear or linear, found \"%s\"".formatted(file, betas));
        }
        String spacing = node.path("timestep_spacing").asText("leading");
        if (!List.of("leading", "linspace", "trailing").contains(spacing)) {
            throw new ModelException("%s: timestep_spacing must be leading, linspace or trailing, found \"%s\""
                    .formatted(file, spacing));
        }
        int steps = node.path("num_train_timesteps").asInt(1000);
        double start = node.path("beta_start").asDouble(0.00085);
        double end = node.path("beta_end").asDouble(0.012);
        if (steps < 1 || !(start > 0) || !(end >= start) || !(end < 1)) {
            throw new ModelException("%s: the betas must grow from above 0 to below 1".formatted(file));
        }
        return new TrainingSchedule(
                steps,
                start,
                end,
                betas,
                node.path("rescale_betas_zero_snr").asBoolean(false),
                spacing,
                node.path("steps_offset").asInt(0));
    }
}
