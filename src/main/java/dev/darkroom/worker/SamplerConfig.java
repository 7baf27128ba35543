package dev.darkroom.worker;

import dev.darkroom.settings.Settings;
import java.time.Duration;

/**
 * How a device's lane works.
 *
 * @param enabled whether this node runs tasks at all ({@code sampler.enabled}); otherwise it only takes them
 * @param maxRows images under way at once ({@code sampler.max-rows}); how many of them share a call is measured
 * @param lease how long a claimed task stays with a node that went silent ({@code sampler.lease})
 * @param checkpointEvery how often it is kept how far a long task has come ({@code sampler.checkpoint-every})
 * @param checkpointBeyond how much work must remain for that ({@code sampler.checkpoint-beyond})
 * @param measure how long a model's calls may be measured when it first comes into memory and nothing else is to be
 *     done ({@code sampler.measure}); zero: never
 * @param measurements the folder where that is kept ({@code sampler.measurements})
 */
public record SamplerConfig(
        boolean enabled,
        int maxRows,
        Duration lease,
        Duration checkpointEvery,
        Duration checkpointBeyond,
        Duration measure,
        String measurements) {

    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration BEYOND = Duration.ofSeconds(30);

    /** A lane that measures nothing but the calls of its tasks, and keeps their states as one that is told nothing. */
    public SamplerConfig(boolean enabled, int maxRows, Duration lease) {
        this(enabled, maxRows, lease, EVERY, BEYOND, Duration.ZERO, "");
    }

    /** Reads the keys below {@code sampler} that are not the device's. */
    public static SamplerConfig from(Settings settings) {
        Duration lease = settings.duration("sampler.lease", Duration.ofSeconds(30));
        if (lease.toMillis() < 3_000) {
            settings.reject("sampler.lease", "expected at least 3 s");
            lease = Duration.ofSeconds(30);
        }
        Duration every = settings.duration("sampler.checkpoint-every", EVERY);
        if (every.toMillis() < 100) {
            settings.reject("sampler.checkpoint-every", "expected at least 100 ms");
            every = EVERY;
        }
        return new SamplerConfig(
                settings.flag("sampler.enabled", true),
                settings.integer("sampler.max-rows", 16, 1, 64),
                lease,
                every,
                settings.duration("sampler.checkpoint-beyond", BEYOND),
                settings.duration("sampler.measure", Duration.ofSeconds(2)),
                settings.text("sampler.measurements", "data/measurements"));
    }
}
