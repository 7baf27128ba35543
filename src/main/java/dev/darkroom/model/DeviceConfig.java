package dev.darkroom.model;

import dev.darkroom.settings.Settings;
import java.util.List;
import java.util.Locale;

/**
 * What should run the models.
 *
 * @param choice {@code sampler.device}
 * @param threads {@code sampler.threads}: how many CPU threads one call uses; 0: as many as there are cores
 * @param niceness {@code sampler.niceness}: how far threads that compute on the CPU stand behind all others, 0 to 19
 */
public record DeviceConfig(Choice choice, int threads, int niceness) {

    /** Which device. */
    public enum Choice {
        /** CUDA where it works, else the CPU. */
        AUTO,
        /** The CPU. */
        CPU,
        /** CUDA, or nothing. */
        CUDA
    }

    /** Reads the three keys below {@code sampler}. */
    public static DeviceConfig from(Settings settings) {
        String device = settings.text(
                "sampler.device",
                "auto",
                text -> List.of("auto", "cpu", "cuda").contains(text.toLowerCase(Locale.ROOT)),
                "auto, cpu or cuda");
        return new DeviceConfig(
                Choice.valueOf(device.toUpperCase(Locale.ROOT)),
                settings.integer("sampler.threads", 0, 0, 1024),
                settings.integer("sampler.niceness", 10, 0, 19));
    }

    /** Returns the number of threads, 0 resolved. */
    int resolvedThreads() {
        return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
    }
}
