package dev.darkroom.model;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A folder below the models folder.
 *
 * @param name relative to the models folder, with forward slashes
 * @param path where it is
 * @param defaults from its {@code darkroom.json}
 * @param problem why it can't be loaded as far as its files tell, in one sentence, or null
 */
public record ModelFolder(
        String name,
        Path path,
        ModelDefaults defaults,
        @Nullable String problem) {}
