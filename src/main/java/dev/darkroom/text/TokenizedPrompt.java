package dev.darkroom.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A prompt as a text encoder sees it: in chunks. A word goes to the next chunk whole, unless it has more than
 * {@value #LONGEST_WHOLE} tokens.
 *
 * @param chunks at least one
 * @param cut the first word that found no room, or null if all did
 */
public record TokenizedPrompt(
        List<TokenChunk> chunks, @Nullable String cut) {

    private static final int LONGEST_WHOLE = 7;

    public TokenizedPrompt {
        chunks = List.copyOf(chunks);
    }

    /**
     * Tokenizes a prompt.
     *
     * @param parts see {@link PromptWeights}
     * @param length tokens of a chunk, from 3, both marks included
     * @param most chunks
     */
    public static TokenizedPrompt of(List<WeightedText> parts, Tokenizer tokenizer, int length, int most) {
        return new Filling(tokenizer, length, most).fill(parts);
    }

    /** Fills one chunk after the other. */
    private static final class Filling {
        private final Tokenizer tokenizer;
        private final int room;
        private final int most;
        private final List<TokenChunk> chunks = new ArrayList<>();
        private final int[] ids;
        private final float[] weights;
        private int used;

        Filling(Tokenizer tokenizer, int length, int most) {
            this.tokenizer = tokenizer;
            this.room = length - 2;
            this.most = most;
            this.ids = new int[room];
            this.weights = new float[room];
        }

        TokenizedPrompt fill(List<WeightedText> parts) {
            for (WeightedText part : parts) {
                int left = (most - chunks.size()) * room - used;
                for (Word word : tokenizer.words(part.text(), left + 1)) {
                    if (!add(word, (float) part.weight())) {
                        end();
                        return new TokenizedPrompt(chunks, word.spelling());
                    }
                }
            }
            if (used > 0 || chunks.isEmpty()) {
                end();
            }
            return new TokenizedPrompt(chunks, null);
        }

        /** Tells whether the whole word found room. */
        private boolean add(Word word, float weight) {
            int length = word.ids().length;
            boolean last = chunks.size() == most - 1;
            if (!last && length <= LONGEST_WHOLE && length > room - used && length <= room) {
                end();
            }
            for (int i = 0; i < length; i++) {
                if (used == room) {
                    if (chunks.size() == most - 1) {
                        return false;
                    }
                    end();
                }
                ids[used] = word.ids()[i];
                weights[used++] = weight;
            }
            return true;
        }

        private void end() {
            int[] framed = new int[used + 2];
            float[] weighted = new float[used + 2];
            Arrays.fill(weighted, 1);
            framed[0] = tokenizer.start();
            System.arraycopy(ids, 0, framed, 1, used);
            System.arraycopy(weights, 0, weighted, 1, used);
            framed[used + 1] = tokenizer.end();
            chunks.add(new TokenChunk(framed, weighted));
            used = 0;
        }
    }
}
