package dev.darkroom.model;

import dev.darkroom.settings.Settings;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where models are and what they are called.
 *
 * @param folder holds the model folders ({@code models.folder})
 * @param defaultModel name of the model for requests that name none ({@code models.default}); empty: the first
 * @param aliases other names, from alias to model name ({@code models.aliases})
 * @param memoryBudget bytes that loaded models may take together ({@code models.memory-budget}); 0: the usual share of
 *     the device's memory
 */
public record ModelsConfig(Path folder, String defaultModel, Map<String, String> aliases, long memoryBudget) {

    public ModelsConfig {
        aliases = Map.copyOf(aliases);
    }

    /** Reads the keys below {@code models}. */
    public static ModelsConfig from(Settings settings) {
        return new ModelsConfig(
                Path.of(settings.text("models.folder", "models", text -> !text.isEmpty(), "a folder")),
                settings.text("models.default", ""),
                settings.map("models.aliases"),
                settings.size("models.memory-budget", 0));
    }
}
