package dev.darkroom.worker;

import dev.darkroom.settings.Settings;
import java.time.Duration;

/**
 * How a device's lane works.
 *
 * @param enabled whether this node runs tasks at all ({@code sampler.enabled}); otherwise it only takes them
 * @param maxRows images that share a model call at most ({@code sampler.max-rows})
 * @param lease how long a claimed task stays with a node that went silent ({@code sampler.lease})
 * @param checkpointEvery how often it is kept how far a long task has come ({@code sampler.checkpoint-every})
 * @param checkpointBeyond how much work must remain for that ({@code sampler.checkpoint-beyond})
 */
public record SamplerConfig(
        boolean enabled, int maxRows, Duration lease, Duration checkpointEvery, Duration checkpointBeyond) {

    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration BEYOND = Duration.ofSeconds(30);

    /** Keeps how far tasks have come as a server does that is told nothing about it. */
    public SamplerConfig(boolean enabled, int maxRows, Duration lease) {
        this(enabled, maxRows, lease, EVERY, BEYOND);
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
                settings.integer("sampler.max-rows", 1, 1, 64),
                lease,
                every,
                settings.duration("sampler.checkpoint-beyond", BEYOND));
    }
}
