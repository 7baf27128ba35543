package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.Announcement;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.bus.TaskNotice.TaskLeft;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntSupplier;

/**
 * Learns from a lane how long a model's steps take, and tells all nodes how long the lane's tasks will still take. A
 * hint: whoever misses it knows a little less. Belongs to the lane.
 */
final class LaneLoad {

    private static final long APART_NANOS = 500_000_000;
    private static final int KEPT_EACH = 5;
    private static final long KEPT_APART_NANOS = 2_000_000_000;

    private final Vertx vertx;
    private final LaneRows rows;
    private final LaneForecast forecast;
    private final IntSupplier imagesPerCall;
    private final UUID device = UUID.randomUUID();
    private final PaceBook paces = new PaceBook();
    private final Map<PaceBook.Key, Long> keptAt = new HashMap<>();
    private List<TaskId> told = List.of();
    private long toldAt = System.nanoTime() - APART_NANOS;

    /** @param imagesPerCall images that share a call at most */
    LaneLoad(Vertx vertx, LaneRows rows, LaneForecast forecast, IntSupplier imagesPerCall) {
        this.vertx = vertx;
        this.rows = rows;
        this.forecast = forecast;
        this.imagesPerCall = imagesPerCall;
    }

    /** Reads what was learned before this start. */
    void recall() {
        vertx.eventBus()
                .<StoreMessage.Paces>request(Addresses.STORE, new StoreMessage.ListPaces())
                .onSuccess(reply -> paces.put(reply.body().paces()));
    }

    /** An image of the task is done. */
    void learn(RunningTask task) {
        Workload work = task.work();
        if (work == null || !task.pace.measured()) {
            return;
        }
        PaceBook.Key key = PaceBook.Key.of(task.claim.model(), work);
        PaceBook.Pace learned = paces.learn(key, task.pace.stepMillis(), task.pace.otherMillis());
        task.pace.clear();
        long now = System.nanoTime();
        Long last = keptAt.get(key);
        // the first ones differ most, the very first being cold
        if (last == null || learned.images() <= KEPT_EACH || now - last > KEPT_APART_NANOS) {
            keptAt.put(key, now);
            vertx.eventBus().send(Addresses.STORE, new StoreMessage.Measured(learned));
        }
    }

    /** Tells what is left to do if that is news: other tasks, or half a second later. */
    void tell(Collection<RunningTask> tasks) {
        List<RunningTask> active =
                tasks.stream().filter(task -> task.ending == null).toList();
        List<TaskId> ids = active.stream().map(RunningTask::id).toList();
        long now = System.nanoTime();
        if (ids.equals(told) && now - toldAt < APART_NANOS) {
            return;
        }
        told = ids;
        toldAt = now;
        double[] left = active.stream()
                .mapToDouble(task -> forecast.millisLeft(task, paces))
                .toArray();
        double[] ends = ends(active, left);
        List<TaskLeft> each = new ArrayList<>(left.length);
        double all = 0;
        for (int i = 0; i < left.length; i++) {
            if (!Double.isNaN(left[i])) {
                each.add(new TaskLeft(ids.get(i), Math.round(ends[i])));
                all = Math.max(all, ends[i]);
            }
        }
        Announcement.publish(vertx, new TaskNotice.Load(device, Math.round(all), each));
    }

    /** Says that the lane does nothing any more. */
    void leave() {
        Announcement.publish(vertx, new TaskNotice.Load(device, TaskNotice.Load.GONE, List.of()));
    }

    /** Returns the milliseconds of the device that the task still needs as far as can be told, else 0. */
    double millisLeftOf(RunningTask task) {
        double millis = forecast.millisLeft(task, paces);
        if (!Double.isNaN(millis)) {
            return millis;
        }
        Workload work = task.work();
        if (work == null || !task.pace.measured()) {
            return 0;
        }
        int steps = task.imagesToBegin() * work.steps();
        for (LaneRows.Place place : rows.of(task)) {
            steps += place.stepsLeft();
        }
        return steps * task.pace.stepMillis();
    }

    /**
     * Returns when each is done. Those who need least go on together, as many as one call holds; the others wait.
     *
     * @param left milliseconds that each needs alone, NaN for unknown
     */
    private double[] ends(List<RunningTask> tasks, double[] left) {
        double[] needs = new double[left.length];
        double[] ends = new double[left.length];
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < left.length; i++) {
            needs[i] = Double.isNaN(left[i]) ? 0 : left[i];
            order.add(i);
        }
        order.sort(Comparator.<Integer>comparingInt(i -> -tasks.get(i).claim.priority())
                .thenComparingDouble(i -> needs[i]));
        double time = 0;
        while (!order.isEmpty()) {
            List<Integer> sharing = order.subList(0, Math.min(order.size(), imagesPerCall.getAsInt()));
            double least = sharing.stream().mapToDouble(i -> needs[i]).min().orElse(0);
            time += least / forecast.speed(tasks.get(sharing.get(0)), sharing.size());
            for (int i : sharing) {
                needs[i] -= least;
                ends[i] = time;
            }
            sharing.removeIf(i -> needs[i] <= 0);
        }
        return ends;
    }
}
