/** The domain as records: what a task asks for, the states that it passes through, what it tells on its way and what it leaves. */
@NullMarked
package dev.darkroom.task;

import org.jspecify.annotations.NullMarked;
