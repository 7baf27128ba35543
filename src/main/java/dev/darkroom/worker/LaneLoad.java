package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.Announcement;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.forecast.DeviceWork;
import dev.darkroom.forecast.Forecast;
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
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Learns from a lane how long a model's steps take, and tells all nodes what it does. A hint: whoever misses it knows a
 * little less. Belongs to the lane.
 */
final class LaneLoad {

    private static final long APART_NANOS = 500_000_000;
    private static final int KEPT_EACH = 5;
    private static final long KEPT_APART_NANOS = 2_000_000_000;

    private final Vertx vertx;
    private final LaneRows rows;
    private final LaneForecast forecast;
    private final DeviceCurves curves;
    private final int mostImages;
    private final CallPause pause;
    private final IntSupplier imagesPerCall;
    private final LongSupplier nanoTime;
    private final UUID device = UUID.randomUUID();
    private final PaceBook paces = new PaceBook();
    private final Map<PaceBook.Key, Long> keptAt = new HashMap<>();
    private List<TaskId> told = List.of();
    private boolean left;
    private long toldAt;

    /**
     * @param imagesPerCall images that share a model call at most
     * @param mostImages under way at once
     * @param nanoTime such as {@link System#nanoTime}
     */
    LaneLoad(
            Vertx vertx,
            LaneRows rows,
            LaneForecast forecast,
            DeviceCurves curves,
            CallPause pause,
            IntSupplier imagesPerCall,
            int mostImages,
            LongSupplier nanoTime) {
        this.vertx = vertx;
        this.rows = rows;
        this.forecast = forecast;
        this.curves = curves;
        this.pause = pause;
        this.imagesPerCall = imagesPerCall;
        this.mostImages = mostImages;
        this.nanoTime = nanoTime;
        this.toldAt = nanoTime.getAsLong() - APART_NANOS;
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
        long now = nanoTime.getAsLong();
        Long last = keptAt.get(key);
        // the first ones differ most, the very first being cold
        if (last == null || learned.images() <= KEPT_EACH || now - last > KEPT_APART_NANOS) {
            keptAt.put(key, now);
            vertx.eventBus().send(Addresses.STORE, new StoreMessage.Measured(learned));
        }
    }

    /** Tells what is under way if that is news: other tasks, or half a second later. Nothing after {@link #leave()}. */
    void tell(Collection<RunningTask> tasks) {
        if (left) {
            // a word after the farewell would bring the device back, for as long as silence is borne
            return;
        }
        List<RunningTask> active =
                tasks.stream().filter(task -> task.ending == null).toList();
        List<TaskId> ids = active.stream().map(RunningTask::id).toList();
        long now = nanoTime.getAsLong();
        if (ids.equals(told) && now - toldAt < APART_NANOS) {
            return;
        }
        told = ids;
        toldAt = now;
        List<DeviceWork.Job> jobs = new ArrayList<>(active.size());
        for (RunningTask task : active) {
            Workload work = task.work();
            if (work != null) {
                jobs.add(job(task, work));
            }
        }
        DeviceWork load = new DeviceWork(mostImages, imagesPerCall.getAsInt(), pause.millis(), jobs, curves.speeds());
        Announcement.publish(vertx, new TaskNotice.Load(device, load));
    }

    private DeviceWork.Job job(RunningTask task, Workload work) {
        String model = task.claim.model();
        return new DeviceWork.Job(
                task.id(),
                task.claim.priority(),
                Forecast.effort(model, work, paces.expect(model, work)),
                rows.of(task).stream()
                        .map(place -> new DeviceWork.Image(place.callsLeft(), place.waitedNanos / 1e6))
                        .toList(),
                task.imagesToBegin(),
                task.claim.crashed());
    }

    /** Says that the lane does nothing any more. */
    void leave() {
        left = true;
        Announcement.publish(vertx, new TaskNotice.Load(device, null));
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
}
