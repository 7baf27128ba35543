package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.bus.TaskNotice.TaskLeft;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Learns from a lane how long a model's steps take, and tells all nodes how long the lane's tasks will still take. A
 * hint: whoever misses it knows a little less. Belongs to the lane.
 */
final class LaneLoad {

    private static final long APART_NANOS = 500_000_000;
    private static final int KEPT_EACH = 5;
    private static final long KEPT_APART_NANOS = 2_000_000_000;

    private final Vertx vertx;
    private final int maxRows;
    private final LaneRows rows;
    private final UUID device = UUID.randomUUID();
    private final PaceBook paces = new PaceBook();
    private final Map<PaceBook.Key, Long> keptAt = new HashMap<>();
    private List<TaskId> told = List.of();
    private long toldAt = System.nanoTime() - APART_NANOS;

    /** @param maxRows images that share the device */
    LaneLoad(Vertx vertx, int maxRows, LaneRows rows) {
        this.vertx = vertx;
        this.maxRows = maxRows;
        this.rows = rows;
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
        double[] left = active.stream().mapToDouble(this::millisLeft).toArray();
        double[] ends = ends(left);
        List<TaskLeft> each = new ArrayList<>(left.length);
        double all = 0;
        for (int i = 0; i < left.length; i++) {
            if (!Double.isNaN(left[i])) {
                each.add(new TaskLeft(ids.get(i), Math.round(ends[i])));
                all = Math.max(all, ends[i]);
            }
        }
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Load(device, Math.round(all), each));
    }

    /** Says that the lane does nothing any more. */
    void leave() {
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Load(device, TaskNotice.Load.GONE, List.of()));
    }

    /** Returns the milliseconds of the device that the task still needs as far as can be told, else 0. */
    double millisLeftOf(RunningTask task) {
        double millis = millisLeft(task);
        if (!Double.isNaN(millis)) {
            return millis;
        }
        Workload work = task.work();
        if (work == null || !task.pace.measured()) {
            return 0;
        }
        int steps = task.imagesToBegin() * work.steps();
        for (int left : rows.stepsLeft(task)) {
            steps += left;
        }
        return steps * task.pace.stepMillis();
    }

    /** Returns the milliseconds of the device that the task still needs, or NaN if nothing like it was measured. */
    private double millisLeft(RunningTask task) {
        Workload work = task.work();
        PaceBook.Pace pace = work == null ? null : paces.expect(task.claim.model(), work);
        if (work == null || pace == null) {
            return Double.NaN;
        }
        double millis = task.imagesToBegin() * (work.steps() * pace.stepMillis() + pace.imageMillis());
        for (int steps : rows.stepsLeft(task)) {
            millis += steps * pace.stepMillis() + pace.imageMillis();
        }
        return millis;
    }

    /** Returns when each is done if they share the device in their order, {@code maxRows} at a time. */
    private double[] ends(double[] left) {
        double[] needs = new double[left.length];
        double[] ends = new double[left.length];
        for (int i = 0; i < left.length; i++) {
            needs[i] = Double.isNaN(left[i]) ? 0 : left[i];
        }
        boolean[] done = new boolean[left.length];
        double time = 0;
        for (int ended = 0; ended < left.length; ended++) {
            int sharing = 0;
            int next = -1;
            for (int i = 0; i < left.length && sharing < maxRows; i++) {
                if (!done[i]) {
                    sharing++;
                    next = next < 0 || needs[i] < needs[next] ? i : next;
                }
            }
            double least = needs[next];
            time += least * sharing;
            int seen = 0;
            for (int i = 0; i < left.length && seen < sharing; i++) {
                if (!done[i]) {
                    needs[i] -= least;
                    seen++;
                }
            }
            done[next] = true;
            ends[next] = time;
        }
        return ends;
    }
}
