/** Pixels to files and back, with the parameters that made them. */
@NullMarked
package dev.darkroom.image;

import org.jspecify.annotations.NullMarked;
