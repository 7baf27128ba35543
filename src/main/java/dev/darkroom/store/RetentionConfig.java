package dev.darkroom.store;

import dev.darkroom.settings.Settings;
import java.time.Duration;

/**
 * How long ended tasks and their images are kept. Zero means for ever.
 *
 * @param historyAge since a task's end
 * @param historyCount ended tasks at most
 * @param imagesAge since a task's end; the task's record stays and says so
 * @param imagesCount ended tasks at most whose images are kept
 * @param every time between two looks
 */
public record RetentionConfig(
        Duration historyAge, int historyCount, Duration imagesAge, int imagesCount, Duration every) {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int MOST = 1_000_000_000;

    /** Reads {@code retention.*}; values that do not fit are noted in {@code settings}. */
    public static RetentionConfig from(Settings settings) {
        Duration every = settings.duration("retention.every", MINUTE);
        if (every.toMillis() < 100) {
            settings.reject("retention.every", "expected at least 100 ms");
            every = MINUTE;
        }
        return new RetentionConfig(
                settings.duration("retention.history-age", Duration.ZERO),
                settings.integer("retention.history-count", 0, 0, MOST),
                settings.duration("retention.images-age", Duration.ZERO),
                settings.integer("retention.images-count", 0, 0, MOST),
                every);
    }

    /** Tells whether anything is ever deleted. */
    public boolean isUsed() {
        return boundsHistory() || boundsImages();
    }

    boolean boundsHistory() {
        return !historyAge.isZero() || historyCount > 0;
    }

    boolean boundsImages() {
        return !imagesAge.isZero() || imagesCount > 0;
    }
}
