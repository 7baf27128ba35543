package dev.darkroom.model;

/**
 * A text as the denoiser sees it.
 *
 * @param hiddenStates {@code [tokens, width]}, row by row; treated as immutable
 * @param tokens positions
 * @param width numbers per position
 */
public record Conditioning(float[] hiddenStates, int tokens, int width) {

    /** @throws IllegalArgumentException if the array does not fit the shape */
    public Conditioning {
        if (hiddenStates.length != tokens * width) {
            throw new IllegalArgumentException(
                    "%d numbers do not make %d positions of %d".formatted(hiddenStates.length, tokens, width));
        }
    }
}
