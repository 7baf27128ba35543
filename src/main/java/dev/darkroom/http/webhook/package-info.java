/** Tells receivers of tasks' ends: what is sent, whether it may be sent there, and when it is tried again. */
@NullMarked
package dev.darkroom.http.webhook;

import org.jspecify.annotations.NullMarked;
