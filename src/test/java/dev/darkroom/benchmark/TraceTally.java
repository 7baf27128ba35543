package dev.darkroom.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What became of one or more arrival traces that were played in one way. */
final class TraceTally {

    /** The titles above {@link #line}. */
    static final String HEAD = String.format(
            "%-14s %-18s %7s %8s %8s %8s %8s %8s %5s %6s %8s",
            "trace", "way", "img/s", "mean ms", "p50", "p95", "p99", "short", "join", "host %", "of best");

    private final List<TraceTask.Outcome> outcomes = new ArrayList<>();
    private long playedNanos;
    private long modelNanos;
    private long busyNanos;
    private long fullNanos;
    private long fullRows;
    private long referenceNanos;
    private long referenceRows;
    private long calls;
    private long allocated;

    /**
     * Adds a turn of the loop.
     *
     * @param rows of its call, those that fill it up left out
     * @param tookNanos of the turn
     * @param inModelNanos of its call
     * @param full whether all clients had a task
     * @param bytes that the thread allocated
     */
    void turned(int rows, long tookNanos, long inModelNanos, boolean full, long bytes) {
        calls++;
        busyNanos += tookNanos;
        modelNanos += inModelNanos;
        allocated += bytes;
        if (full) {
            fullNanos += tookNanos;
            fullRows += rows;
        }
    }

    /** Adds a call of the size that does best. */
    void referred(int rows, long nanos) {
        referenceRows += rows;
        referenceNanos += nanos;
    }

    /** Adds a trace that is over. */
    void played(List<TraceTask> trace, long nanos) {
        playedNanos += nanos;
        trace.forEach(task -> outcomes.add(task.outcome()));
    }

    double imagesPerSecond() {
        return outcomes.size() / (playedNanos / 1e9);
    }

    long garbageOfCall() {
        return allocated / Math.max(1, calls);
    }

    /** Returns a line of the table. */
    String line(String trace, String way) {
        double[] all = outcomes.stream()
                .mapToDouble(TraceTask.Outcome::latencyMillis)
                .sorted()
                .toArray();
        double quick = outcomes.stream()
                .filter(outcome -> outcome.steps() <= TraceTask.SHORT)
                .mapToDouble(TraceTask.Outcome::latencyMillis)
                .average()
                .orElse(Double.NaN);
        int[] joins = outcomes.stream()
                .mapToInt(TraceTask.Outcome::callsPassedOver)
                .sorted()
                .toArray();
        return String.format(
                "%-14s %-18s %7.2f %8.0f %8.0f %8.0f %8.0f %8.0f %5d %6.2f %8.2f",
                trace,
                way,
                imagesPerSecond(),
                Arrays.stream(all).average().orElse(Double.NaN),
                quantile(all, 50),
                quantile(all, 95),
                quantile(all, 99),
                quick,
                joins[Math.min(joins.length - 1, joins.length * 99 / 100)],
                100.0 * (busyNanos - modelNanos) / busyNanos,
                (double) fullRows / fullNanos / ((double) referenceRows / referenceNanos));
    }

    private static double quantile(double[] sorted, int percent) {
        return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }
}
