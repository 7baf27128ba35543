package dev.darkroom.benchmark;

import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * How much processor time went into this process and its children, such as the embedded database's, since it was made.
 * A child that ends takes its time with it.
 */
final class ProcessorTime {

    private final long begun = System.nanoTime();
    private final long own = own();
    private final long children = children();

    private static long own() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static long children() {
        return ProcessHandle.current()
                .descendants()
                .mapToLong(child ->
                        child.info().totalCpuDuration().orElse(Duration.ZERO).toNanos())
                .sum();
    }

    /** Returns how many cores each kept busy, for people. */
    String cores() {
        double elapsed = System.nanoTime() - begun;
        return "cores busy: this process %.2f, the database %.2f"
                .formatted((own() - own) / elapsed, (children() - children) / elapsed);
    }
}
