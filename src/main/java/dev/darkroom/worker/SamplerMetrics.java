package dev.darkroom.worker;

import dev.darkroom.diffusion.Row;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What a lane counts. Belongs to the lane. */
final class SamplerMetrics {

    /** Shapes that are told apart; clients choose sizes, and each is a series of its own. */
    private static final int MOST_SHAPES = 64;

    private record Shape(String model, int height, int width) {}

    /** The meters of one model and shape. */
    private record StepMeters(Timer step, DistributionSummary images, Counter rows) {}

    private final MeterRegistry registry;
    private final Map<Shape, StepMeters> steps = new HashMap<>();
    private final Timer joins;
    private final Counter modelSeconds;
    private final Counter laneSeconds;
    private long lastEnd;

    /** @param held tasks that the lane has claimed, by name of its gauge */
    SamplerMetrics(MeterRegistry registry, Map<?, ?> held) {
        this.registry = registry;
        registry.gaugeMapSize("darkroom.sampler.tasks", List.of(), held);
        joins = Timer.builder("darkroom.step.join")
                .description("From an image's texts being encoded to its first model call")
                .publishPercentiles(0.5, 0.99)
                .distributionStatisticExpiry(Duration.ofMinutes(2))
                .register(registry);
        modelSeconds = Counter.builder("darkroom.lane.model")
                .description("Time that the lane spent in the denoiser")
                .baseUnit("seconds")
                .register(registry);
        laneSeconds = Counter.builder("darkroom.lane.busy")
                .description(
                        "Time that the lane spent on steps, from one model call's end to the next's while images wait")
                .baseUnit("seconds")
                .register(registry);
    }

    /**
     * A model call of the step loop has ended.
     *
     * @param row one of its images
     * @param images that shared it
     * @param rows of the call
     * @param nanos that it took in all
     * @param modelNanos of them in the model
     */
    void stepped(String model, Row row, int images, int rows, long nanos, long modelNanos) {
        StepMeters meters = steps.computeIfAbsent(
                new Shape(model, row.latentHeight(), row.latentWidth()), shape -> meters(shape, steps.size()));
        meters.step().record(nanos, TimeUnit.NANOSECONDS);
        meters.images().record(images);
        meters.rows().increment(rows);
        modelSeconds.increment(modelNanos / 1e9);
        long now = System.nanoTime();
        // what lies between two calls without a pause is the lane's own
        laneSeconds.increment((lastEnd != 0 && now - lastEnd < 2 * nanos ? now - lastEnd : nanos) / 1e9);
        lastEnd = now;
    }

    private StepMeters meters(Shape shape, int known) {
        String name = known < MOST_SHAPES ? shape.height() + "x" + shape.width() : "other";
        return new StepMeters(
                registry.timer("darkroom.step", "model", shape.model(), "shape", name),
                registry.summary("darkroom.step.rows", "model", shape.model(), "shape", name),
                registry.counter("darkroom.unet.rows", "model", shape.model(), "shape", name));
    }

    /** An image has its first model call. */
    void joined(long nanos) {
        joins.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A model call did not fit the device's memory. */
    void memoryShort(String model) {
        registry.counter("darkroom.step.memory.short", "model", model).increment();
    }

    /** @param outcome {@code saved}, {@code skipped} or {@code failed} */
    void image(String outcome) {
        registry.counter("darkroom.images", "outcome", outcome).increment();
    }
}
