package dev.darkroom.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a text encoder's {@code config.json} says; null where it says nothing.
 *
 * @param layers how many it has
 * @param width of its hidden states
 * @param vocabulary how many tokens it knows, whose numbers count from 0
 * @param tokens positions that texts are filled up to with zeros
 */
record TextEncoderConfig(
        @Nullable Integer layers,
        @Nullable Integer width,
        @Nullable Integer vocabulary,
        @Nullable Integer tokens) {

    private static final int MOST_LAYERS = 1000;
    static final int MOST_WIDTH = 100_000;
    private static final int MOST_PIECES = 10_000_000;

    /** A start mark, a token and an end mark. */
    private static final int LEAST_TOKENS = 3;

    /** Twice what the longest text encoders of diffusion models read; room for a text is taken whole, at each call. */
    private static final int MOST_TOKENS = 1024;

    /** @throws ModelException naming the file and the field that is wrong; a missing file leaves everything open */
    static TextEncoderConfig read(Path file) throws ModelException {
        ConfigFile config = ConfigFile.optional(file);
        return new TextEncoderConfig(
                config.whole("num_hidden_layers", 1, MOST_LAYERS),
                config.whole("hidden_size", 1, MOST_WIDTH),
                config.whole("vocab_size", 1, MOST_PIECES),
                config.inside("darkroom").whole("max_tokens", LEAST_TOKENS, MOST_TOKENS));
    }
}
