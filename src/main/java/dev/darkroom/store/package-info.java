/** Tasks in PostgreSQL, which is the truth about them, and the embedded database that is the default. */
@NullMarked
package dev.darkroom.store;

import org.jspecify.annotations.NullMarked;
