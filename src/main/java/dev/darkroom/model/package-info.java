/** Model folders and what ONNX Runtime makes of them: the only room that knows it. */
@NullMarked
package dev.darkroom.model;

import org.jspecify.annotations.NullMarked;
