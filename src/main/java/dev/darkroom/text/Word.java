package dev.darkroom.text;

/**
 * The smallest part of a text that a tokenizer looks at by itself.
 *
 * @param spelling as the tokenizer read it: cleaned, and where the vocabulary knows no capitals in lower case
 * @param ids its tokens, at least one; treated as immutable
 */
public record Word(String spelling, int[] ids) {}
