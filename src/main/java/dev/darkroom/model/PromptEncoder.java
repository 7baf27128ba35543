package dev.darkroom.model;

import dev.darkroom.model.TextEncoder.Encoded;
import dev.darkroom.text.PromptWeights;
import dev.darkroom.text.TokenChunk;
import dev.darkroom.text.TokenizedPrompt;
import dev.darkroom.text.WeightedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From a prompt to what the denoiser sees of it, with one text encoder, or with two side by side as in SDXL, whose second
 * also gives the pooled text. A prompt that is longer than the encoder's 77 positions becomes several chunks, which stand
 * one after the other.
 *
 * <p>Weights, as Fooocus applies them: a position's distance from the same position of an empty text is multiplied, and
 * then the chunk is scaled so that its mean is what it was.
 */
final class PromptEncoder implements AutoCloseable {

    /** Means near zero say nothing; a chunk is scaled no further than this. */
    private static final double LARGEST_SCALE = 4;

    private final List<PromptPart> parts;
    private final boolean two;

    /**
     * @param parts one encoder, or SDXL's two
     * @throws ModelException if SDXL's encoders do not give what its denoiser needs
     */
    PromptEncoder(List<PromptPart> parts) throws ModelException {
        this.parts = List.copyOf(parts);
        this.two = parts.size() == 2;
        if (!two) {
            return;
        }
        for (PromptPart part : parts) {
            TextEncoder encoder = part.encoder();
            if (encoder.layers() < 2 || !encoder.gives(encoder.layers() - 1)) {
                throw new ModelException(
                        "%s gives no hidden states, so that SDXL's layer before the last can't be read: export it with output_hidden_states"
                                .formatted(encoder.name()));
            }
        }
        if (!parts.get(1).encoder().projects()) {
            throw new ModelException(
                    "%s has no output \"text_embeds\", which SDXL needs; exported must be CLIPTextModelWithProjection"
                            .formatted(parts.get(1).encoder().name()));
        }
    }

    /** Finds out how the last layer's output is normalised, so that earlier layers can be treated alike. */
    void learnFinalNorm() throws ModelException {
        if (!two) {
            parts.get(0).learnFinalNorm();
        }
    }

    /** @see LoadedModel#textTokens */
    int textTokens() {
        return parts.get(0).textTokens();
    }

    /** @see ModelTraits#clipSkips */
    int clipSkips() {
        return parts.stream().mapToInt(part -> part.clipSkips(!two)).min().orElseThrow();
    }

    /** @see LoadedModel#encode */
    Conditioning encode(String text, int clipSkip) throws ModelException {
        List<WeightedText> weighted = PromptWeights.parse(text);
        List<TokenizedPrompt> prompts =
                parts.stream().map(part -> part.tokenize(weighted)).toList();
        int chunks = prompts.stream()
                .mapToInt(prompt -> prompt.chunks().size())
                .max()
                .orElseThrow();
        List<float[]> states = new ArrayList<>();
        float[] pooled = null;
        String cut = null;
        int width = 0;
        for (int which = 0; which < parts.size(); which++) {
            TokenizedPrompt prompt = prompts.get(which);
            cut = cut == null ? prompt.cut() : cut;
            States encoded = encode(parts.get(which), prompt, chunks, clipSkip, which == 1);
            states.add(encoded.states());
            width += encoded.width();
            pooled = encoded.pooled() == null ? pooled : encoded.pooled();
        }
        float[] joined = two ? sideBySide(states.get(0), states.get(1), width) : states.get(0);
        AddedConditions added = new AddedConditions(pooled, null, null, null);
        return new Conditioning(joined, joined.length / width, width, added, cut);
    }

    /** Returns the conditioning of nothing at all: zeros in the shape of an empty text's. */
    Conditioning zeros(int clipSkip) throws ModelException {
        Conditioning empty = encode("", clipSkip);
        float[] pooled = empty.added().pooled();
        return new Conditioning(
                new float[empty.hiddenStates().length],
                empty.tokens(),
                empty.width(),
                new AddedConditions(pooled == null ? null : new float[pooled.length], null, null, null),
                null);
    }

    private record States(float[] states, int width, float @Nullable [] pooled) {}

    private States encode(PromptPart part, TokenizedPrompt prompt, int chunks, int clipSkip, boolean pools)
            throws ModelException {
        boolean weighted = prompt.chunks().stream().anyMatch(TokenChunk::weighted);
        TokenChunk nothing = part.tokenize(List.of()).chunks().get(0);
        Encoded empty = weighted ? part.encode(nothing, clipSkip, !two, false) : null;
        float[] all = new float[0];
        float[] pooled = null;
        int width = 0;
        for (int i = 0; i < chunks; i++) {
            TokenChunk chunk = i < prompt.chunks().size() ? prompt.chunks().get(i) : nothing;
            Encoded encoded = part.encode(chunk, clipSkip, !two, pools && i == 0);
            if (empty != null && chunk.weighted()) {
                weigh(encoded.states(), empty.states(), chunk.weights(), encoded.width());
            }
            pooled = i == 0 ? encoded.pooled() : pooled;
            width = encoded.width();
            int at = all.length;
            all = Arrays.copyOf(all, at + encoded.states().length);
            System.arraycopy(encoded.states(), 0, all, at, encoded.states().length);
        }
        return new States(all, width, pooled);
    }

    private static void weigh(float[] states, float[] empty, float[] weights, int width) {
        double before = mean(states);
        for (int position = 0; position < weights.length; position++) {
            float weight = weights[position];
            if (weight != 1) {
                for (int i = position * width; i < (position + 1) * width; i++) {
                    states[i] = (states[i] - empty[i]) * weight + empty[i];
                }
            }
        }
        double scale = before / mean(states);
        if (scale >= 1 / LARGEST_SCALE && scale <= LARGEST_SCALE) {
            for (int i = 0; i < states.length; i++) {
                states[i] *= (float) scale;
            }
        }
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static float[] sideBySide(float[] left, float[] right, int width) throws ModelException {
        int positions = (left.length + right.length) / width;
        int leftWidth = left.length / positions;
        int rightWidth = width - leftWidth;
        if (leftWidth * positions != left.length || rightWidth * positions != right.length) {
            throw new ModelException("The two text encoders have texts of different lengths");
        }
        float[] joined = new float[left.length + right.length];
        for (int position = 0; position < positions; position++) {
            System.arraycopy(left, position * leftWidth, joined, position * width, leftWidth);
            System.arraycopy(right, position * rightWidth, joined, position * width + leftWidth, rightWidth);
        }
        return joined;
    }

    @Override
    public void close() {
        parts.forEach(PromptPart::close);
    }
}
