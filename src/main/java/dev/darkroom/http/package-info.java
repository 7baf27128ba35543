/** The HTTP server: it translates between the wire and the event bus and never touches the engine. */
@NullMarked
package dev.darkroom.http;

import org.jspecify.annotations.NullMarked;
