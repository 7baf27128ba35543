/** Tokenizers. */
@NullMarked
package dev.darkroom.text;

import org.jspecify.annotations.NullMarked;
