/** From what the user typed to what is encoded: styles, wildcards, arrays, inline LoRAs, presets, expansion. */
@NullMarked
package dev.darkroom.prompt;

import org.jspecify.annotations.NullMarked;
