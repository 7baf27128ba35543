/** Reads conf/darkroom.yaml, the environment and system properties, and collects every mistake. */
@NullMarked
package dev.darkroom.settings;

import org.jspecify.annotations.NullMarked;
