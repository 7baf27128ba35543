package dev.darkroom.forecast;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Plays the devices' future through, in a bounded number of turns: the next minutes finely, then in larger strides, so
 * that some thousand images are reached. What is not reached is taken to be made in its order at the pace so far.
 */
final class ForecastPlay {

    /** Some milliseconds at most: a turn takes one to five microseconds. */
    static final int MOST_TURNS = 2_000;

    private static final int FINE_TURNS = 500;
    private static final double FINE_CALLS = 1;

    private final List<ForecastDevice> devices;
    private final List<ForecastTask> waiting;
    private final Deque<ForecastTask> queue;
    private final ToDoubleFunction<ForecastTask> millisLeft;
    private final double workBefore;
    private final double clockBefore;

    /**
     * @param devices with what they have begun; at least one
     * @param waiting in its order; told when each begins and ends
     * @param millisLeft what a task would still take alone
     */
    ForecastPlay(List<ForecastDevice> devices, List<ForecastTask> waiting, ToDoubleFunction<ForecastTask> millisLeft) {
        this.devices = devices;
        this.waiting = waiting;
        this.queue = new ArrayDeque<>(waiting);
        this.millisLeft = millisLeft;
        this.workBefore = workLeft();
        this.clockBefore = clock();
    }

    private Stream<ForecastTask> unended() {
        return Stream.concat(devices.stream().flatMap(device -> device.held().stream()), queue.stream());
    }

    private double workLeft() {
        return unended().mapToDouble(millisLeft).sum();
    }

    private double clock() {
        return devices.stream().mapToDouble(device -> device.clock).average().orElse(0);
    }

    /** Nobody has told which device has claimed a task: one that runs nothing, or has the most room. */
    private void placeClaimed() {
        while (!queue.isEmpty() && queue.peek().claimed) {
            ForecastTask task = queue.remove();
            devices.stream()
                    .min(Comparator.comparing((ForecastDevice device) -> task.alone && !device.isFree())
                            .thenComparingInt(ForecastDevice::taken))
                    .ifPresent(device -> device.take(task));
        }
    }

    /** Tells each task when it begins and ends. */
    void run() {
        placeClaimed();
        // a claim takes its time, in which the free places go to what is there
        devices.forEach(ForecastDevice::begin);
        double calls = FINE_CALLS;
        for (int turn = 0; turn < MOST_TURNS; turn++) {
            ForecastDevice first = devices.stream()
                    .filter(device -> !queue.isEmpty() || !device.isFree())
                    .min(Comparator.comparingDouble(device -> device.clock))
                    .orElse(null);
            if (first == null) {
                return;
            }
            if (turn == FINE_TURNS) {
                calls = stride(MOST_TURNS - turn);
            }
            first.admit(queue);
            first.step(calls);
        }
        extrapolate();
    }

    /** Returns how many calls a turn must make so that all are made in so many turns; each image takes one at least. */
    private double stride(int turns) {
        double calls = unended().mapToDouble(ForecastTask::callsLeft).sum();
        int images = unended().mapToInt(ForecastTask::imagesLeft).sum();
        return Math.max(FINE_CALLS, calls / Math.max(1, turns - images));
    }

    private void extrapolate() {
        double pace = pace();
        double now = Math.max(0, clock());
        List<ForecastTask> rest = new ArrayList<>(devices.stream()
                .flatMap(device -> device.held().stream())
                .sorted(Comparator.comparingDouble(millisLeft))
                .toList());
        rest.addAll(queue);
        rest.sort(Comparator.comparingInt((ForecastTask task) -> task.priority).reversed());
        double end = now;
        for (ForecastTask task : rest) {
            end += pace * millisLeft.applyAsDouble(task);
            task.end = end;
        }
        double underWay = waiting.stream()
                .filter(task -> !Double.isNaN(task.begin))
                .mapToDouble(task -> task.end - task.begin)
                .average()
                .orElse(0);
        for (ForecastTask task : rest) {
            if (Double.isNaN(task.begin)) {
                double took = Math.max(underWay, pace * millisLeft.applyAsDouble(task));
                task.begin = Math.max(now, task.end - took);
            }
        }
    }

    /** Returns in how many milliseconds the devices did a millisecond's work. */
    private double pace() {
        double done = workBefore - workLeft();
        double passed = clock() - clockBefore;
        return done > 0 && passed > 0 ? passed / done : 1;
    }
}
