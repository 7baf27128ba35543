/** From a prompt's text to the numbers that text encoders take: weights, words, tokens, chunks. */
@NullMarked
package dev.darkroom.text;

import org.jspecify.annotations.NullMarked;
