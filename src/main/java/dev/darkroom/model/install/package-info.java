/** Brings model folders from elsewhere into the models folder, whole or not at all. */
@NullMarked
package dev.darkroom.model.install;

import org.jspecify.annotations.NullMarked;
