package dev.darkroom.output;

import dev.darkroom.settings.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where finished pictures go.
 *
 * @param folder may be relative to the working directory, and need not exist yet
 * @param inputs where pictures lie that requests refer to; need not exist
 * @param log whether each day's folder gets a page with what made its pictures ({@code output.log})
 * @param sweepAfter age at which an unfinished file belongs to nobody any more
 */
public record OutputConfig(Path folder, Path inputs, boolean log, Duration sweepAfter) {

    private static final Duration HOUR = Duration.ofHours(1);

    /** Reads {@code output.*}. */
    public static OutputConfig from(Settings settings) {
        String folder = settings.text("output.folder", "outputs", OutputConfig::isPath, "the path of a folder");
        Duration sweepAfter = settings.duration("output.sweep-after", HOUR);
        if (sweepAfter.isZero()) {
            settings.reject("output.sweep-after", "must be longer than 0, or files in the making are taken for old");
            sweepAfter = HOUR;
        }
        String inputs = settings.text("output.inputs", "inputs", OutputConfig::isPath, "the path of a folder");
        return new OutputConfig(Path.of(folder), Path.of(inputs), settings.flag("output.log", true), sweepAfter);
    }

    private static boolean isPath(String text) {
        try {
            return !text.isEmpty() && !Path.of(text).toString().isEmpty();
        } catch (InvalidPathException notAPath) {
            return false;
        }
    }
}
