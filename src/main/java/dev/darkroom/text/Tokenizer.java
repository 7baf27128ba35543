package dev.darkroom.text;

/** Turns text into the numbers that a text encoder was trained on. Safe from any thread. */
public interface Tokenizer {

    /**
     * Returns the tokens of a text between the special tokens that mark its start and end, not padded.
     *
     * @param text any text, the empty one included
     * @param limit most tokens, from 2; a longer text loses its end, but not the end mark
     */
    int[] encode(String text, int limit);

    /** Returns how many tokens the model takes at most, as the folder says, such as 77. */
    int limit();

    /** Returns the token that fills up to a fixed length. */
    int padding();

    /** Returns the number of tokens in the vocabulary. */
    int vocabularySize();

    /** Returns whether the encoder is used to texts that are padded to {@link #limit}, as CLIP is. */
    boolean padded();
}
