package dev.darkroom.store;

import dev.darkroom.task.PaceBook;
import dev.darkroom.task.Workload;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The queue at one moment, and when each of its tasks will run: tasks are taken in their order, each by the device that
 * is free first.
 */
final class QueueView {

    /** Nothing waits. */
    static final QueueView EMPTY = new QueueView(new Long[0], new String[0], new double[0], new PaceBook(), 0);

    private final Map<Long, Integer> places;
    private final double[] begins;
    private final double[] durations;
    private final long seenAt;
    private final double allBegun;

    /**
     * @param ids of the tasks in their order
     * @param works of each the model, a space, and {@link Workload#text()} or nothing
     * @param untilFree milliseconds for each device; empty if no device is known, and then nothing can be told
     * @param seenAt nanoseconds
     */
    QueueView(Long[] ids, String[] works, double[] untilFree, PaceBook paces, long seenAt) {
        this.places = new HashMap<>(2 * ids.length);
        this.begins = new double[ids.length];
        this.durations = new double[ids.length];
        this.seenAt = seenAt;
        Map<String, Double> known = new HashMap<>();
        double sum = 0;
        int counted = 0;
        for (int i = 0; i < ids.length; i++) {
            places.put(ids[i], i);
            durations[i] = known.computeIfAbsent(works[i], text -> millis(text, paces));
            if (!Double.isNaN(durations[i])) {
                sum += durations[i];
                counted++;
            }
        }
        this.allBegun = begin(untilFree, counted == 0 ? Double.NaN : sum / counted);
    }

    private static double millis(String text, PaceBook paces) {
        int space = text.lastIndexOf(' ');
        Optional<Workload> work = Workload.parse(text.substring(space + 1));
        Double millis =
                work.map(known -> paces.millis(text.substring(0, space), known)).orElse(null);
        return millis == null ? Double.NaN : millis;
    }

    /** Gives each task its begin; one of unknown length counts like the mean of the others. */
    private double begin(double[] untilFree, double mean) {
        if (untilFree.length == 0) {
            Arrays.fill(begins, Double.NaN);
            return Double.NaN;
        }
        PriorityQueue<Double> devices = new PriorityQueue<>();
        Arrays.stream(untilFree).forEach(devices::add);
        for (int i = 0; i < begins.length; i++) {
            double free = devices.remove();
            begins[i] = free;
            devices.add(free + (Double.isNaN(durations[i]) ? mean : durations[i]));
        }
        return devices.remove();
    }

    /** Returns how many tasks there are. */
    int size() {
        return begins.length;
    }

    /** Returns how many tasks stand before this one; one that is missing came after all of these. */
    int place(long id) {
        return places.getOrDefault(id, begins.length);
    }

    /** Returns the milliseconds from {@code now}, in nanoseconds, until the task ends, or null if that is not known. */
    @Nullable
    Long millisLeft(long id, long now) {
        Integer place = places.get(id);
        if (place == null) {
            return null;
        }
        double end = begins[place] + durations[place];
        return Double.isNaN(end) ? null : Math.max(0, Math.round(end - (now - seenAt) / 1e6));
    }

    /**
     * Returns the milliseconds from {@code now}, in nanoseconds, until the task at {@code place} begins, and with it a
     * place in the queue becomes free; NaN if that is not known.
     */
    double millisUntilBegin(int place, long now) {
        double since = (now - seenAt) / 1e6;
        if (place < begins.length) {
            return Math.max(0, begins[place] - since);
        }
        if (begins.length == 0) {
            return Double.NaN;
        }
        // whoever comes behind the queue as it is now takes as long as these did in the mean
        double mean = (allBegun - begins[0]) / begins.length;
        return Math.max(0, allBegun - since) + (place - begins.length) * mean;
    }
}
