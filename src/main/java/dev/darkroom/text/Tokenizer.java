package dev.darkroom.text;

import java.util.List;

/** Turns text into the numbers that a text encoder was trained on. Safe from any thread. */
public interface Tokenizer {

    /**
     * Returns the tokens of a text between the special tokens that mark its start and end, not padded.
     *
     * @param text any text, the empty one included
     * @param limit most tokens, from 2; a longer text loses its end, but not the end mark
     * @throws IllegalArgumentException if not even the marks fit
     */
    int[] encode(String text, int limit);

    /**
     * Returns the words of a text with their tokens, without marks.
     *
     * @param text any text, the empty one included
     * @param enough the text is read no further once the words have so many tokens; what it costs must not grow with a
     *     text that is cut anyway
     */
    List<Word> words(String text, int enough);

    /** Returns how many tokens the model takes at most, as the folder says, such as 77. */
    int limit();

    /** Returns the token that marks the start. */
    int start();

    /** Returns the token that marks the end. */
    int end();

    /** Returns the token that fills up to a fixed length. */
    int padding();

    /** Returns the number of tokens in the vocabulary. */
    int vocabularySize();

    /** Returns whether the encoder is used to texts that are padded to {@link #limit}, as CLIP is. */
    boolean padded();
}
