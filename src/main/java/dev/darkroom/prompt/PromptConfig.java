package dev.darkroom.prompt;

import dev.darkroom.settings.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where the texts around prompts are; the folders may be relative to Darkroom's home, and need not exist.
 *
 * @param styles files of styles ({@code prompt.styles-folder})
 * @param wildcards files of lines ({@code prompt.wildcards-folder})
 * @param presets files of presets ({@code prompt.presets-folder})
 */
public record PromptConfig(Path styles, Path wildcards, Path presets) {

    /** Reads the keys below {@code prompt}. */
    public static PromptConfig from(Settings settings) {
        return new PromptConfig(
                folder(settings, "prompt.styles-folder", "conf/styles"),
                folder(settings, "prompt.wildcards-folder", "conf/wildcards"),
                folder(settings, "prompt.presets-folder", "conf/presets"));
    }

    private static Path folder(Settings settings, String key, String fallback) {
        return Path.of(settings.text(key, fallback, PromptConfig::isPath, "the path of a folder"));
    }

    private static boolean isPath(String text) {
        try {
            return !text.isEmpty() && !Path.of(text).toString().isEmpty();
        } catch (InvalidPathException notAPath) {
            return false;
        }
    }
}
