package dev.darkroom.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes a complete pipeline folder in Optimum's layout with tiny networks of random weights: 200 kB, and a step takes a
 * fraction of a millisecond. Different prompts, seeds and timesteps give different pictures.
 */
public final class TinyPipeline {

    /** How the text becomes tokens. */
    public enum TokenizerKind {
        /** BERT's, with {@code vocab.txt}; one prompt per call, filled with zeros to 16 positions. */
        WORD_PIECE,
        /** CLIP's, with {@code vocab.json} and {@code merges.txt}; 77 positions. */
        CLIP
    }

    /** How the denoiser takes timesteps. */
    public enum Timestep {
        FLOAT_ROWS,
        INT64_ROWS,
        FLOAT_SCALAR
    }

    /** How the denoiser takes several rows. */
    public enum Batch {
        DYNAMIC,
        /** One row, and the graph says so. */
        FIXED,
        /** The graph claims any number, and mixes the rows up. */
        MIXING,
        /** The graph claims any number, and was traced with two. */
        PAIRS
    }

    /** What is wrong with the networks. */
    public enum Fault {
        NONE,
        /** Every output of the denoiser is NaN. */
        NAN,
        /** Pictures of latents that are negative in the mean are NaN. */
        NAN_PICTURES
    }

    /** What the pipeline is like; starts with what the built-in model is like: WordPiece, v-prediction, 4 channels. */
    public static final class Options {
        long seed = 1;
        int latentChannels = 4;
        int latentScale = 8;
        int sampleSize = 8;
        Prediction prediction = Prediction.V;
        TokenizerKind tokenizer = TokenizerKind.WORD_PIECE;
        Timestep timestep = Timestep.FLOAT_ROWS;
        Batch batch = Batch.DYNAMIC;
        Fault fault = Fault.NONE;
        boolean halfTensors;
        boolean halfWeights;
        int slowText;
        int slowDenoiser;
        int slowDecoder;

        @Nullable
        String darkroomJson;

        /** Seeds the weights. */
        public Options seed(long value) {
            seed = value;
            return this;
        }

        public Options latentChannels(int value) {
            latentChannels = value;
            return this;
        }

        /** Sets the pixels per latent position. */
        public Options latentScale(int value) {
            latentScale = value;
            return this;
        }

        /** Sets the side in latent positions of the square that it claims to be trained on. */
        public Options sampleSize(int value) {
            sampleSize = value;
            return this;
        }

        public Options prediction(Prediction value) {
            prediction = value;
            return this;
        }

        public Options tokenizer(TokenizerKind value) {
            tokenizer = value;
            return this;
        }

        public Options timestep(Timestep value) {
            timestep = value;
            return this;
        }

        public Options batch(Batch value) {
            batch = value;
            return this;
        }

        public Options fault(Fault value) {
            fault = value;
            return this;
        }

        /** Makes the inputs and outputs 16-bit floats. */
        public Options halfTensors() {
            halfTensors = true;
            return this;
        }

        /** Stores the weights as 16-bit floats. */
        public Options halfWeights() {
            halfWeights = true;
            return this;
        }

        /** Adds so many products of 512x512 matrices to each text encoding: each takes some milliseconds. */
        public Options slowText(int products) {
            slowText = products;
            return this;
        }

        /** Adds so many products of 512x512 matrices to each call of the denoiser: each takes some milliseconds. */
        public Options slowDenoiser(int products) {
            slowDenoiser = products;
            return this;
        }

        /** Adds so many products of 512x512 matrices to each decoding: each takes some milliseconds. */
        public Options slowDecoder(int products) {
            slowDecoder = products;
            return this;
        }

        /** Adds a {@code darkroom.json} with this text. */
        public Options darkroomJson(String text) {
            darkroomJson = text;
            return this;
        }
    }

    private TinyPipeline() {}

    /** Returns what to change before {@link #write}. */
    public static Options options() {
        return new Options();
    }

    /** Returns a pipeline of the usual kind as a catalogue would list it, written to {@code modelsFolder/name}. */
    public static ModelFolder write(Path modelsFolder, String name) throws IOException {
        return write(modelsFolder, name, options());
    }

    /** Returns a pipeline as a catalogue would list it (without defaults), written to {@code modelsFolder/name}. */
    public static ModelFolder write(Path modelsFolder, String name, Options options) throws IOException {
        Path folder = modelsFolder.resolve(name);
        TinyNetworks networks = new TinyNetworks(options);
        TinyVocabulary vocabulary =
                options.tokenizer == TokenizerKind.CLIP ? TinyVocabulary.clip() : TinyVocabulary.wordPiece();
        vocabulary.write(folder);
        networks.textEncoder(folder.resolve("text_encoder/model.onnx"), vocabulary.size(), 77);
        networks.unet(folder.resolve("unet/model.onnx"));
        networks.vaeDecoder(folder.resolve("vae_decoder/model.onnx"));
        networks.vaeEncoder(folder.resolve("vae_encoder/model.onnx"));
        writeConfigurations(folder, options);
        if (options.darkroomJson != null) {
            Files.writeString(folder.resolve("darkroom.json"), options.darkroomJson);
        }
        return new ModelFolder(name, folder, ModelDefaults.NONE, null);
    }

    private static void writeConfigurations(Path folder, Options options) throws IOException {
        boolean velocity = options.prediction == Prediction.V;
        Files.writeString(folder.resolve("model_index.json"), """
                {"_class_name": "StableDiffusionPipeline",
                 "scheduler": ["diffusers", "DDIMScheduler"],
                 "text_encoder": ["diffusers", "OnnxRuntimeModel"],
                 "unet": ["diffusers", "OnnxRuntimeModel"],
                 "vae_decoder": ["diffusers", "OnnxRuntimeModel"],
                 "vae_encoder": ["diffusers", "OnnxRuntimeModel"]}
                """);
        Path scheduler = Files.createDirectories(folder.resolve("scheduler"));
        Files.writeString(scheduler.resolve("scheduler_config.json"), """
                {"_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085,
                 "beta_end": 0.012, "beta_schedule": "scaled_linear", "prediction_type": "%s",
                 "rescale_betas_zero_snr": %s, "timestep_spacing": "%s", "steps_offset": %d}
                """.formatted(
                velocity ? "v_prediction" : "epsilon", velocity, velocity ? "trailing" : "leading", velocity ? 0 : 1));
        Files.writeString(
                folder.resolve("text_encoder/config.json"),
                options.tokenizer == TokenizerKind.CLIP
                        ? "{\"model_type\": \"clip_text_model\", \"max_position_embeddings\": 77}"
                        : "{\"model_type\": \"bert\", \"darkroom\": {\"max_tokens\": 16, \"pad\": \"zeros\"}}");
        Files.writeString(folder.resolve("unet/config.json"), """
                {"in_channels": %d, "cross_attention_dim": %d, "sample_size": %d, "block_out_channels": [16]}
                """.formatted(
                        options.latentChannels, TinyNetworks.WIDTH, options.sampleSize));
        String blocks = "[16" + ", 16".repeat(Integer.numberOfTrailingZeros(options.latentScale)) + "]";
        String vae = "{\"latent_channels\": %d, \"scaling_factor\": 0.5, \"block_out_channels\": %s}"
                .formatted(options.latentChannels, blocks);
        Files.writeString(folder.resolve("vae_decoder/config.json"), vae);
        Files.writeString(folder.resolve("vae_encoder/config.json"), vae);
    }
}
