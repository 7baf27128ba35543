/** Samplers, sigma schedules, guidance and noise, in plain Java. */
@NullMarked
package dev.darkroom.diffusion;

import org.jspecify.annotations.NullMarked;
