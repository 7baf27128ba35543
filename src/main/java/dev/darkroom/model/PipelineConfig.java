package dev.darkroom.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration files of a pipeline folder say, without opening a graph. The folder is what Optimum, Olive or
 * diffusers' own script made of it; the latter two leave out the networks' {@code config.json}, so that their usual values
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
 * @param texts what the text encoders are like, in order
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
        List<TextEncoderConfig> texts,
        DarkroomJson darkroom) {

    static final String INDEX = "model_index.json";
    static final String TRANSFORMER = "transformer";
    static final String DENOISER = "unet/model.onnx";
    static final String DECODER = "vae_decoder/model.onnx";
    static final String ENCODER = "vae_encoder/model.onnx";

    /** Numbers that no network has would ask for more memory than there is, before anything says what is wrong. */
    private static final int MOST_CHANNELS = 1024;

    private static final int MOST_POSITIONS = 1024;
    private static final int MOST_ENLARGEMENTS = 6;

    /** Of the hidden states of Stable Diffusion 1.x. */
    private static final int FIRST_WIDTH = 768;

    /** Folders of text encoders, in order. */
    static final List<String> TEXT_ENCODERS = List.of("text_encoder", "text_encoder_2");

    /** Folders of their tokenizers. */
    static final List<String> TOKENIZERS = List.of("tokenizer", "tokenizer_2");

    PipelineConfig {
        texts = List.copyOf(texts);
    }

    /** Returns what suits the model: what its {@code darkroom.json} says, else what its family usually wants. */
    ModelDefaults defaults() {
        return FamilyDefaults.fill(darkroom.defaults(), family, scheduler);
    }

    /** Returns how many text encoders there are. */
    int encoders() {
        return texts.size();
    }

    /**
     * Reads a folder.
     *
     * @throws ModelException if a file is missing or wrong, or the pipeline is of a kind that is not supported
     */
    static PipelineConfig read(Path folder) throws ModelException {
        ConfigFile index = ConfigFile.optional(folder.resolve(INDEX));
        refuseOtherKinds(folder, index);
        boolean two = Files.isDirectory(folder.resolve(TEXT_ENCODERS.get(1)));
        requireFiles(folder, two ? 2 : 1);
        ConfigFile unet = ConfigFile.optional(folder.resolve("unet/config.json"));
        ConfigFile vae = vae(folder, !unet.exists());
        List<TextEncoderConfig> texts = new ArrayList<>();
        for (String encoder : TEXT_ENCODERS.subList(0, two ? 2 : 1)) {
            texts.add(TextEncoderConfig.read(folder.resolve(encoder).resolve("config.json")));
        }
        SchedulerConfig scheduler = SchedulerConfig.read(folder.resolve("scheduler/scheduler_config.json"));
        DarkroomJson darkroom = DarkroomJson.read(folder);
        Family family = two ? Family.STABLE_DIFFUSION_XL : family(unet, texts.get(0));
        int channels = vae.whole("latent_channels", 4, 1, MOST_CHANNELS);
        Integer blocks = vae.length("block_out_channels");
        int scale = 1
                << (blocks == null
                        ? GraphOutline.read(folder.resolve(DECODER)).enlargements()
                        : Math.min(Math.max(0, blocks - 1), MOST_ENLARGEMENTS));
        Integer multiple = darkroom.sizeMultiple();
        Integer side = unet.firstWhole("sample_size", 1, MOST_POSITIONS);
        return new PipelineConfig(
                family,
                channels,
                unet.whole("in_channels", 1, MOST_CHANNELS),
                scale,
                multiple == null ? scale << Math.min(halvings(unet), 5) : multiple,
                scale * (side == null ? usualSide(family, scheduler) : side),
                LatentScaling.read(
                        vae, channels, family == Family.STABLE_DIFFUSION_XL ? 0.13025 : 0.18215, unit(scheduler)),
                scheduler,
                two && index.flag("force_zeros_for_empty_prompt", true),
                texts,
                darkroom);
    }

    private static void refuseOtherKinds(Path folder, ConfigFile index) throws ModelException {
        if (Files.isDirectory(folder.resolve(TRANSFORMER))) {
            throw new ModelException(
                    "%s has a transformer in place of a UNet, which is not supported yet".formatted(folder));
        }
        String kind = index.text("_class_name", "");
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

    private static ConfigFile vae(Path folder, boolean mayBeMissing) throws ModelException {
        ConfigFile whole = ConfigFile.optional(folder.resolve("vae/config.json"));
        if (whole.exists()) {
            return whole;
        }
        Path file = folder.resolve("vae_decoder/config.json");
        return mayBeMissing ? ConfigFile.optional(file) : ConfigFile.required(file);
    }

    /** Tells the family of a model with one text encoder. */
    private static Family family(ConfigFile unet, TextEncoderConfig text) throws ModelException {
        Integer width = unet.firstWhole("cross_attention_dim", 1, TextEncoderConfig.MOST_WIDTH);
        if (width == null) {
            width = text.width() == null ? FIRST_WIDTH : text.width();
        }
        return switch (width) {
            case FIRST_WIDTH -> Family.STABLE_DIFFUSION_1;
            case 1024 -> Family.STABLE_DIFFUSION_2;
            default -> Family.OTHER;
        };
    }

    private static int halvings(ConfigFile unet) throws ModelException {
        if (!unet.exists()) {
            return 3;
        }
        Integer blocks = unet.length("block_out_channels");
        return blocks == null ? 0 : Math.max(0, blocks - 1);
    }

    private static double unit(SchedulerConfig scheduler) {
        EdmRange edm = scheduler.schedule().edm();
        return edm == null ? 1 : edm.deviation();
    }

    private static int usualSide(Family family, SchedulerConfig scheduler) {
        return family == Family.STABLE_DIFFUSION_XL ? 128 : scheduler.prediction() == Prediction.V ? 96 : 64;
    }
}
