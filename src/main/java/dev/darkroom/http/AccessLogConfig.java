package dev.darkroom.http;

import dev.darkroom.settings.Settings;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where a line for each request goes.
 *
 * @param to {@code none}, {@code stdout}, or a file, relative to Darkroom's home
 * @param maxSize bytes of one file, after which the next one begins
 * @param files older files that are kept
 * @param prompts whether prompts are noted
 */
public record AccessLogConfig(String to, long maxSize, int files, boolean prompts) {

    private static final long MAX_SIZE = 20_000_000;

    /** Notes nothing. */
    public static final AccessLogConfig NONE = new AccessLogConfig("none", MAX_SIZE, 1, false);

    /** Reads {@code access-log.*}; values that do not fit are noted in {@code settings}. */
    public static AccessLogConfig from(Settings settings) {
        long maxSize = settings.size("access-log.max-size", MAX_SIZE);
        if (maxSize < 1000) {
            settings.reject("access-log.max-size", "expected at least 1 kB");
            maxSize = MAX_SIZE;
        }
        return new AccessLogConfig(
                settings.text(
                        "access-log.to", "logs/access.log", AccessLogConfig::isPath, "none, stdout, or a file's path"),
                maxSize,
                settings.integer("access-log.files", 5, 1, 1000),
                settings.flag("access-log.prompts", false));
    }

    private static boolean isPath(String text) {
        try {
            return !text.isEmpty() && !Path.of(text).toString().isEmpty();
        } catch (InvalidPathException notAPath) {
            return false;
        }
    }

    boolean isUsed() {
        return !to.equals("none");
    }
}
