package dev.darkroom.worker;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a lane counts. */
final class SamplerMetrics {

    private final MeterRegistry registry;

    /** @param held tasks that the lane has claimed, by name of its gauge */
    SamplerMetrics(MeterRegistry registry, Map<?, ?> held) {
        this.registry = registry;
        registry.gaugeMapSize("darkroom.sampler.tasks", List.of(), held);
    }

    /** A model call of the step loop has ended. */
    void stepped(String model, int rows, long nanos) {
        registry.timer("darkroom.step", "model", model).record(nanos, TimeUnit.NANOSECONDS);
        registry.summary("darkroom.step.rows", "model", model).record(rows);
    }

    /** @param outcome {@code saved}, {@code skipped} or {@code failed} */
    void image(String outcome) {
        registry.counter("darkroom.images", "outcome", outcome).increment();
    }
}
