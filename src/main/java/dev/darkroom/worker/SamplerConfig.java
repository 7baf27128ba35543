package dev.darkroom.worker;

import dev.darkroom.settings.Settings;
import java.time.Duration;

/**
 * How a device's lane works.
 *
 * @param enabled whether this node runs tasks at all ({@code sampler.enabled}); otherwise it only takes them
 * @param maxRows images under way at once ({@code sampler.max-rows}); how many of them share a call is measured
 * @param lease how long a claimed task stays with a node that went silent ({@code sampler.lease})
 * @param measure how long a model's calls may be measured when it first comes into memory and nothing else is to be
 *     done ({@code sampler.measure}); zero: never
 * @param measurements the folder where that is kept ({@code sampler.measurements})
 */
public record SamplerConfig(boolean enabled, int maxRows, Duration lease, Duration measure, String measurements) {

    /** A lane that measures nothing but the calls of its tasks. */
    public SamplerConfig(boolean enabled, int maxRows, Duration lease) {
        this(enabled, maxRows, lease, Duration.ZERO, "");
    }

    /** Reads the keys below {@code sampler} that are not the device's. */
    public static SamplerConfig from(Settings settings) {
        Duration lease = settings.duration("sampler.lease", Duration.ofSeconds(30));
        if (lease.toMillis() < 3_000) {
            settings.reject("sampler.lease", "expected at least 3 s");
            lease = Duration.ofSeconds(30);
        }
        return new SamplerConfig(
                settings.flag("sampler.enabled", true),
                settings.integer("sampler.max-rows", 16, 1, 64),
                lease,
                settings.duration("sampler.measure", Duration.ofSeconds(2)),
                settings.text("sampler.measurements", "data/measurements"));
    }
}
