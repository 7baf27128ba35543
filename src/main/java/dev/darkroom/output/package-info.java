/** The folder of finished pictures: names, files, addresses. */
@NullMarked
package dev.darkroom.output;

import org.jspecify.annotations.NullMarked;
