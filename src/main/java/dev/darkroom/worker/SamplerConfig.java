package dev.darkroom.worker;

import dev.darkroom.settings.Settings;
import java.time.Duration;

/**
 * How a device's lane works.
 *
 * @param enabled whether this node runs tasks at all ({@code sampler.enabled}); otherwise it only takes them
 * @param maxRows images that share a model call at most ({@code sampler.max-rows})
 * @param lease how long a claimed task stays with a node that went silent ({@code sampler.lease})
 */
public record SamplerConfig(boolean enabled, int maxRows, Duration lease) {

    /** Reads the keys below {@code sampler} that are not the device's. */
    public static SamplerConfig from(Settings settings) {
        Duration lease = settings.duration("sampler.lease", Duration.ofSeconds(30));
        if (lease.toMillis() < 3_000) {
            settings.reject("sampler.lease", "expected at least 3 s");
            lease = Duration.ofSeconds(30);
        }
        return new SamplerConfig(
                settings.flag("sampler.enabled", true), settings.integer("sampler.max-rows", 1, 1, 64), lease);
    }
}
