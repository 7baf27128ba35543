/** Traces of requests and tasks by OpenTelemetry. Nothing of OpenTelemetry is named elsewhere, or loaded without need. */
@NullMarked
package dev.darkroom.trace;

import org.jspecify.annotations.NullMarked;
