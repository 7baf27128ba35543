/** What nodes ask each other over HTTP: pictures, behind a signature and on a port of its own. */
@NullMarked
package dev.darkroom.http.peer;

import org.jspecify.annotations.NullMarked;
