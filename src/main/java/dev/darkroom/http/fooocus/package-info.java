/** FooocusAPI's contract: its paths, fields, records and streams. It only translates. */
@NullMarked
package dev.darkroom.http.fooocus;

import org.jspecify.annotations.NullMarked;
