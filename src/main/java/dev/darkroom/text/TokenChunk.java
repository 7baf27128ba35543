package dev.darkroom.text;

/**
 * As many tokens as a text encoder sees at once.
 *
 * @param ids with the marks at start and end, not padded
 * @param weights per token; 1 for marks
 */
public record TokenChunk(int[] ids, float[] weights) {

    /** Tells whether a weight differs from 1. */
    public boolean weighted() {
        for (float weight : weights) {
            if (weight != 1) {
                return true;
            }
        }
        return false;
    }
}
