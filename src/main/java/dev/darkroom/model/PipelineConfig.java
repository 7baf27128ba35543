package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration files of a pipeline folder say, without opening a graph. The folder is what Optimum, Olive or
 * diffusers' own script made of it; the script leaves out the networks' {@code config.json}, so that their usual values
 * are taken and the graphs have the last word.
 *
 * @param family what kind of model it is
 * @param latentChannels channels of a latent
 * @param inputChannels that the denoiser takes, or null: as its graph says
 * @param latentScale pixels per latent position
 * @param sizeMultiple what width and height must be multiples of, in pixels
 * @param nativeSize side of the square it was trained on, in pixels
 * @param scaling how latents of the denoiser become those of the VAE
 * @param scheduler what it was trained on
 * @param zerosForEmpty an empty negative prompt is all zeros, not the encoding of an empty text
 * @param textTokens positions that texts are filled up to with zeros, or null: as the tokenizer says
 * @param textLayers how many layers each text encoder has, in order; 0 where its configuration does not say
 * @param darkroom what {@code darkroom.json} adds
 */
record PipelineConfig(
        Family family,
        int latentChannels,
        @Nullable Integer inputChannels,
        int latentScale,
        int sizeMultiple,
        int nativeSize,
        LatentScaling scaling,
        SchedulerConfig scheduler,
        boolean zerosForEmpty,
        @Nullable Integer textTokens,
        List<Integer> textLayers,
        DarkroomJson darkroom) {

    static final String DENOISER = "unet/model.onnx";
    static final String DECODER = "vae_decoder/model.onnx";
    static final String ENCODER = "vae_encoder/model.onnx";

    private static final int MOST_CHANNELS = 1024;
    private static final int MOST_POSITIONS = 1024;
    private static final int MOST_ENLARGEMENTS = 6;

    /** Folders of text encoders, in order. */
    static final List<String> TEXT_ENCODERS = List.of("text_encoder", "text_encoder_2");

    /** Folders of their tokenizers. */
    static final List<String> TOKENIZERS = List.of("tokenizer", "tokenizer_2");

    PipelineConfig {
        textLayers = List.copyOf(textLayers);
    }

    /** Returns what suits the model: what its {@code darkroom.json} says, else what its family usually wants. */
    ModelDefaults defaults() {
        return FamilyDefaults.fill(darkroom.defaults(), family, scheduler);
    }

    /** Returns how many text encoders there are. */
    int encoders() {
        return textLayers.size();
    }

    /**
     * Reads a folder.
     *
     * @throws ModelException if a file is missing or wrong, or the pipeline is of a kind that is not supported
     */
    static PipelineConfig read(Path folder) throws ModelException {
        JsonNode index = JsonFile.optional(folder.resolve("model_index.json"));
        refuseOtherKinds(folder, index);
        boolean two = Files.isDirectory(folder.resolve(TEXT_ENCODERS.get(1)));
        requireFiles(folder, two ? 2 : 1);
        JsonNode unet = JsonFile.optional(folder.resolve("unet/config.json"));
        JsonNode vae = vae(folder, unet.isMissingNode());
        JsonNode text = JsonFile.optional(folder.resolve("text_encoder/config.json"));
        List<Integer> layers = new ArrayList<>();
        layers.add(text.path("num_hidden_layers").asInt(0));
        if (two) {
            layers.add(JsonFile.optional(folder.resolve("text_encoder_2/config.json"))
                    .path("num_hidden_layers")
                    .asInt(0));
        }
        SchedulerConfig scheduler = SchedulerConfig.read(folder.resolve("scheduler/scheduler_config.json"));
        DarkroomJson darkroom = DarkroomJson.read(folder);
        Family family = family(two, unet, text);
        int channels = within(
                folder,
                "latent_channels of the VAE's config.json",
                vae.path("latent_channels").asLong(4),
                MOST_CHANNELS);
        Integer inputs = unet.has("in_channels") ? unet.path("in_channels").asInt() : null;
        int scale = 1
                << (vae.path("block_out_channels").isMissingNode()
                        ? GraphOutline.read(folder.resolve(DECODER)).enlargements()
                        : Math.min(Math.max(0, vae.path("block_out_channels").size() - 1), MOST_ENLARGEMENTS));
        int halvings = unet.isMissingNode()
                ? 3
                : Math.max(0, unet.path("block_out_channels").size() - 1);
        Integer multiple = darkroom.sizeMultiple();
        return new PipelineConfig(
                family,
                channels,
                inputs,
                scale,
                multiple == null ? scale << Math.min(halvings, 5) : multiple,
                scale
                        * within(
                                folder,
                                "sample_size in unet/config.json",
                                side(unet.path("sample_size"), family, scheduler),
                                MOST_POSITIONS),
                LatentScaling.read(
                        vae, channels, family == Family.STABLE_DIFFUSION_XL ? 0.13025 : 0.18215, unit(scheduler)),
                scheduler,
                two && index.path("force_zeros_for_empty_prompt").asBoolean(true),
                text.path("darkroom").hasNonNull("max_tokens")
                        ? text.path("darkroom").path("max_tokens").asInt()
                        : null,
                layers,
                darkroom);
    }

    private static void refuseOtherKinds(Path folder, JsonNode index) throws ModelException {
        if (Files.isDirectory(folder.resolve("transformer"))) {
            throw new ModelException(
                    "%s has a transformer in place of a UNet, which is not supported yet".formatted(folder));
        }
        String kind = index.path("_class_name").asText("");
        for (String other : List.of("StableDiffusion3", "Flux", "Refiner", "InstructPix2Pix", "Kandinsky", "Cascade")) {
            if (kind.contains(other)) {
                throw new ModelException("%s is a %s, which is not supported yet".formatted(folder, kind));
            }
        }
        if (Files.isDirectory(folder.resolve("text_encoder_3"))) {
            throw new ModelException("%s has three text encoders, which is not supported yet".formatted(folder));
        }
    }

    private static void requireFiles(Path folder, int encoders) throws ModelException {
        if (encoders == 2 && !Files.isDirectory(folder.resolve(TEXT_ENCODERS.get(0)))) {
            throw new ModelException(
                    "%s has only SDXL's second text encoder, as its refiner does, which is not supported"
                            .formatted(folder));
        }
        List<String> files = new ArrayList<>(List.of(DENOISER, DECODER));
        TEXT_ENCODERS.subList(0, encoders).forEach(encoder -> files.add(encoder + "/model.onnx"));
        for (String file : files) {
            if (!Files.isRegularFile(folder.resolve(file))) {
                throw new ModelException("%s is missing".formatted(folder.resolve(file)));
            }
        }
        for (String tokenizer : TOKENIZERS.subList(0, encoders)) {
            if (!Files.isDirectory(folder.resolve(tokenizer))) {
                throw new ModelException("%s is missing".formatted(folder.resolve(tokenizer)));
            }
        }
    }

    private static JsonNode vae(Path folder, boolean mayBeMissing) throws ModelException {
        JsonNode whole = JsonFile.optional(folder.resolve("vae/config.json"));
        if (!whole.isMissingNode()) {
            return whole;
        }
        Path file = folder.resolve("vae_decoder/config.json");
        return mayBeMissing ? JsonFile.optional(file) : JsonFile.required(file);
    }

    private static Family family(boolean twoEncoders, JsonNode unet, JsonNode text) {
        if (twoEncoders) {
            return Family.STABLE_DIFFUSION_XL;
        }
        int width =
                unet.path("cross_attention_dim").asInt(text.path("hidden_size").asInt(768));
        return switch (width) {
            case 768 -> Family.STABLE_DIFFUSION_1;
            case 1024 -> Family.STABLE_DIFFUSION_2;
            default -> Family.OTHER;
        };
    }

    private static double unit(SchedulerConfig scheduler) {
        EdmRange edm = scheduler.schedule().edm();
        return edm == null ? 1 : edm.deviation();
    }

    /** Numbers that no network has would ask for more memory than there is, before anything says what is wrong. */
    private static int within(Path folder, String what, long value, int most) throws ModelException {
        if (value < 1 || value > most) {
            throw new ModelException("%s: %s must be from 1 to %d, found %d".formatted(folder, what, most, value));
        }
        return (int) value;
    }

    private static long side(JsonNode size, Family family, SchedulerConfig scheduler) {
        int usual = family == Family.STABLE_DIFFUSION_XL ? 128 : scheduler.prediction() == Prediction.V ? 96 : 64;
        return size.isArray() ? size.path(0).asLong(usual) : size.asLong(usual);
    }
}
