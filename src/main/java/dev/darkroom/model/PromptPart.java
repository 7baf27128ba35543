package dev.darkroom.model;

import dev.darkroom.model.TextEncoder.Encoded;
import dev.darkroom.text.TokenChunk;
import dev.darkroom.text.TokenizedPrompt;
import dev.darkroom.text.Tokenizer;
import dev.darkroom.text.WeightedText;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One text encoder with its tokenizer: from a prompt's weighted parts to hidden states. CLIP sees chunks padded to its 77
 * positions; BERT and its kin see one text's own tokens only, and what comes out is filled with zeros.
 */
final class PromptPart implements AutoCloseable {

    /** Longer prompts are cut: 16 chunks of CLIP's are 1,200 tokens. */
    private static final int MOST_CHUNKS = 16;

    /** A chunk's first and last token. */
    private static final int MARKS = 2;

    private static final String PROBE = "a red cat on the house";

    private final TextEncoder encoder;
    private final Tokenizer tokenizer;
    private final int tokens;
    private final boolean padded;
    private @Nullable FinalNorm finalNorm;

    /**
     * @param tokenizer that the encoder was trained with
     * @param fixedTokens positions of every result, or null: as the tokenizer says
     */
    PromptPart(TextEncoder encoder, Tokenizer tokenizer, @Nullable Integer fixedTokens) throws ModelException {
        this.encoder = encoder;
        this.tokenizer = tokenizer;
        this.padded = tokenizer.padded() && fixedTokens == null;
        this.tokens = fixedTokens == null ? tokenizer.limit() : fixedTokens;
        if (tokens < 3) {
            throw new ModelException("A text encoder with %d positions has no room for a text".formatted(tokens));
        }
    }

    TextEncoder encoder() {
        return encoder;
    }

    /** @see LoadedModel#textTokens */
    int textTokens() {
        return padded ? MOST_CHUNKS * (tokens - MARKS) + MARKS : tokens;
    }

    /**
     * Returns how many of the last layers can be read.
     *
     * @param normalized see {@link #encode}
     */
    int clipSkips(boolean normalized) {
        int most = 1;
        if (normalized && !encoder.gives(encoder.layers())) {
            return most;
        }
        while (encoder.layers() - most > 0 && encoder.gives(encoder.layers() - most)) {
            most++;
        }
        return most;
    }

    /** Finds out how the last layer's output is normalised, so that earlier layers can be treated alike. */
    void learnFinalNorm() throws ModelException {
        if (encoder.layers() > 1 && encoder.gives(encoder.layers())) {
            TokenChunk probe =
                    tokenize(List.of(new WeightedText(PROBE, 1))).chunks().get(0);
            finalNorm = FinalNorm.fit(
                    conditioning(run(probe, encoder.layers(), false)),
                    conditioning(run(probe, TextEncoder.LAST, false)));
        }
    }

    private Conditioning conditioning(Encoded encoded) {
        return new Conditioning(encoded.states(), encoded.states().length / encoded.width(), encoded.width());
    }

    /** Returns the chunks of a prompt, at least one. */
    TokenizedPrompt tokenize(List<WeightedText> parts) {
        return TokenizedPrompt.of(parts, tokenizer, tokens, padded ? MOST_CHUNKS : 1);
    }

    /**
     * Encodes a chunk.
     *
     * @param clipSkip which of the last layers, from 1
     * @param normalized earlier layers pass through the final normalisation too, as Stable Diffusion 1.x and 2.x want
     *     it; SDXL was trained on what a layer gives
     * @param pooled also return the text in one vector
     */
    Encoded encode(TokenChunk chunk, int clipSkip, boolean normalized, boolean pooled) throws ModelException {
        if (!normalized) {
            return run(chunk, layer(clipSkip), pooled);
        }
        FinalNorm norm = finalNorm;
        int layer = Math.max(1, encoder.layers() - (clipSkip - 1));
        if (norm == null || clipSkip <= 1 || !encoder.gives(layer)) {
            return run(chunk, TextEncoder.LAST, pooled);
        }
        Encoded earlier = run(chunk, layer, pooled);
        return new Encoded(norm.apply(conditioning(earlier)).hiddenStates(), earlier.width(), earlier.pooled());
    }

    /** Returns the layer that is so many from the end; where the export left it out, the one before the last. */
    private int layer(int clipSkip) {
        int layer = Math.max(0, encoder.layers() - (clipSkip - 1));
        return encoder.gives(layer) ? layer : encoder.layers() - 1;
    }

    private Encoded run(TokenChunk chunk, int layer, boolean pooled) throws ModelException {
        int own = chunk.ids().length;
        int[] ids = padded ? Arrays.copyOf(chunk.ids(), tokens) : chunk.ids();
        Arrays.fill(ids, own, ids.length, tokenizer.padding());
        Encoded encoded = encoder.run(ids, own, layer, pooled);
        return new Encoded(
                Arrays.copyOf(encoded.states(), tokens * encoded.width()), encoded.width(), encoded.pooled());
    }

    @Override
    public void close() {
        encoder.close();
    }
}
