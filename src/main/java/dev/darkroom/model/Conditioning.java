package dev.darkroom.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text as the denoiser sees it, and what else it is told.
 *
 * @param hiddenStates {@code [tokens, width]}, row by row; treated as immutable
 * @param tokens positions
 * @param width numbers per position
 * @param added what some denoisers take besides
 * @param cut the first word that the text encoder had no room for, or null if it read the whole text
 */
public record Conditioning(
        float[] hiddenStates,
        int tokens,
        int width,
        AddedConditions added,
        @Nullable String cut) {

    /** @throws IllegalArgumentException if the array does not fit the shape */
    public Conditioning {
        if (hiddenStates.length != tokens * width) {
            throw new IllegalArgumentException(
                    "%d numbers do not make %d positions of %d".formatted(hiddenStates.length, tokens, width));
        }
    }

    /**
     * A text and nothing else.
     *
     * @throws IllegalArgumentException if the array does not fit the shape
     */
    public Conditioning(float[] hiddenStates, int tokens, int width) {
        this(hiddenStates, tokens, width, AddedConditions.NONE, null);
    }

    /** Returns the same text with other words on the picture's sizes. */
    public Conditioning sized(ImageSizes sizes) {
        return with(new AddedConditions(added.pooled(), sizes, added.guidance(), added.channels()));
    }

    /** Returns the same text with another pooled vector. */
    public Conditioning pooled(float[] pooled) {
        return with(new AddedConditions(pooled, added.sizes(), added.guidance(), added.channels()));
    }

    /** Returns the same text with the guidance scale that a consistency model is to follow. */
    public Conditioning guided(double guidance) {
        return with(new AddedConditions(added.pooled(), added.sizes(), guidance, added.channels()));
    }

    /** Returns the same text with an inpainting denoiser's mask and masked latent. */
    public Conditioning masked(float[] channels) {
        return with(new AddedConditions(added.pooled(), added.sizes(), added.guidance(), channels));
    }

    private Conditioning with(AddedConditions other) {
        return new Conditioning(hiddenStates, tokens, width, other, cut);
    }

    /**
     * Returns the hidden states again and again.
     *
     * @param positions a multiple of {@link #tokens()}
     */
    public Conditioning repeated(int positions) {
        if (positions == tokens) {
            return this;
        }
        float[] states = new float[positions * width];
        for (int at = 0; at < states.length; at += hiddenStates.length) {
            System.arraycopy(hiddenStates, 0, states, at, hiddenStates.length);
        }
        return new Conditioning(states, positions, width, added, cut);
    }

    /**
     * Returns texts one after the other, as prompts of several parts are given to a denoiser. What is added comes from
     * the first.
     *
     * @param parts of one model, at least one
     */
    public static Conditioning concatenated(List<Conditioning> parts) {
        Conditioning first = parts.get(0);
        if (parts.size() == 1) {
            return first;
        }
        int positions = parts.stream().mapToInt(Conditioning::tokens).sum();
        float[] states = new float[positions * first.width];
        String cut = null;
        int at = 0;
        for (Conditioning part : parts) {
            System.arraycopy(part.hiddenStates, 0, states, at, part.hiddenStates.length);
            at += part.hiddenStates.length;
            cut = cut == null ? part.cut : cut;
        }
        return new Conditioning(states, positions, first.width, first.added, cut);
    }
}
