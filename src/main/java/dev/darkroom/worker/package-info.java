/** What a device does: it claims tasks, steps their images, saves them and tells how far they are. */
@NullMarked
package dev.darkroom.worker;

import org.jspecify.annotations.NullMarked;
