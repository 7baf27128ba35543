/** What travels over the event bus: addresses, messages, their codecs, and the node's hub of task events. */
@NullMarked
package dev.darkroom.bus;

import org.jspecify.annotations.NullMarked;
