/** The contract of the older Fooocus-API, on a port of its own. It only translates, into what FooocusAPI's room takes. */
@NullMarked
package dev.darkroom.http.legacy;

import org.jspecify.annotations.NullMarked;
