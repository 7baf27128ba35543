package dev.darkroom.worker;

import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.StepPlanner;
import dev.darkroom.model.DeviceMemoryException;
import dev.darkroom.model.ModelException;
import dev.darkroom.worker.LaneRows.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the model calls that a lane's images share, and learns from each how long such calls take. Belongs to the lane. */
final class LaneSteps {

    private static final Logger LOG = LoggerFactory.getLogger(LaneSteps.class);

    /** One row that does not fit the memory is tried again so often: others may leave it meanwhile. */
    private static final int MEMORY_ATTEMPTS = 3;

    private final LaneRows rows;
    private final LaneForecast forecast;
    private final DeviceCurves curves;
    private final CallPause pause;
    private final StepPlanner planner;
    private final int mostRows;
    private final CancellableCall cancellable;
    private final StepTeller teller;
    private final SamplerMetrics meters;
    private final BiConsumer<RunningTask, Throwable> failed;
    private final List<Row> together = new ArrayList<>();
    private long lastNanos;
    private long callsBegun;
    private int imagesPerCall = 1;

    /**
     * @param mostRows of a call
     * @param failed takes tasks that can't go on, and why
     */
    LaneSteps(
            LaneRows rows,
            LaneForecast forecast,
            DeviceCurves curves,
            CallPause pause,
            int mostRows,
            CancellableCall cancellable,
            StepTeller teller,
            SamplerMetrics meters,
            BiConsumer<RunningTask, Throwable> failed) {
        this.rows = rows;
        this.forecast = forecast;
        this.curves = curves;
        this.pause = pause;
        this.planner = new StepPlanner(mostRows);
        this.mostRows = mostRows;
        this.cancellable = cancellable;
        this.teller = teller;
        this.meters = meters;
        this.failed = failed;
    }

    /** Returns how long the last call took, in nanoseconds. */
    long lastNanos() {
        return lastNanos;
    }

    /** Returns how many images like those of the last call one can hold. */
    int imagesPerCall() {
        return imagesPerCall;
    }

    /** Makes the next call for some of these images. */
    void step(List<Place> contenders) {
        forecast.refresh(contenders);
        StepPlanner.Plan<Place> plan = planner.plan(contenders, forecast::curve, System.nanoTime());
        List<Place> members = plan.members();
        imagesPerCall = forecast.imagesPerCall(members.get(0), mostRows);
        try {
            call(members, plan.size());
        } catch (CancellationException draining) {
            LOG.debug("A step is left to the tasks' next attempt", draining);
        } catch (DeviceMemoryException | OutOfMemoryError full) {
            lower(members, plan.size(), full);
        } catch (ModelException | RuntimeException | Error failure) {
            if (members.size() == 1) {
                failed.accept(members.get(0).task(), failure);
            } else {
                // no row has moved; only the one that breaks the call is to suffer
                members.forEach(this::callAlone);
            }
        }
        for (Place place : contenders) {
            if (!members.contains(place)) {
                place.waitedNanos += lastNanos;
            }
        }
    }

    private void callAlone(Place place) {
        if (place.task().ending != null) {
            return;
        }
        try {
            call(List.of(place), 0);
        } catch (CancellationException draining) {
            LOG.debug("A step is left to the task's next attempt", draining);
        } catch (ModelException | RuntimeException | Error failure) {
            failed.accept(place.task(), failure);
        }
    }

    /** No row has moved: the next call has fewer, until one alone does not fit. */
    private void lower(List<Place> members, int size, Throwable full) {
        Place first = members.get(0);
        LatencyCurve curve = forecast.curve(first);
        curve.lower(size, System.nanoTime());
        meters.memoryShort(first.task().ready().model().traits().name());
        LOG.warn(
                "A call of {} rows does not fit the device's memory; the next have {} at most: {}",
                size,
                curve.limit(System.nanoTime()),
                full.getMessage());
        if (size <= 1 && ++first.memoryFailures >= MEMORY_ATTEMPTS) {
            failed.accept(first.task(), full);
        }
    }

    private void call(List<Place> members, int size) throws ModelException {
        Place first = members.get(0);
        RunningTask.Setup setup = first.task().ready();
        StepEvent event = new StepEvent();
        event.begin();
        together.clear();
        int modelRows = 0;
        long begun = System.nanoTime();
        for (Place place : members) {
            together.add(place.row());
            modelRows += place.modelRows();
            place.stepBefore = place.row().sampler().step();
            if (place.calls == 0) {
                meters.joined(begun - place.readySince);
            }
        }
        int called = Math.max(size, modelRows);
        callsBegun++;
        try {
            cancellable.runShared(setup.model(), model -> {
                setup.loop().turn(together, size);
                return null;
            });
        } catch (ModelException | RuntimeException | Error failure) {
            trace(members, called, begun, 0, failure);
            throw failure;
        } finally {
            lastNanos = System.nanoTime() - begun;
        }
        long modelNanos = setup.loop().modelNanos();
        trace(members, called, begun, modelNanos, null);
        if (setup.loop().wasUsual() && (size == 0 || size >= modelRows)) {
            forecast.curve(first).learn(called, modelNanos / 1e6);
            curves.learned(setup.model().traits());
        }
        for (Place place : members) {
            moved(place, (double) lastNanos * place.modelRows() / modelRows);
        }
        meters.stepped(setup.model().traits().name(), first.row(), members.size(), called, lastNanos, modelNanos);
        event.ended(setup.model().traits().name(), first.row(), members.size(), called, modelNanos);
        pause.called(System.nanoTime(), modelNanos);
    }

    private void trace(List<Place> members, int called, long begun, long modelNanos, @Nullable Throwable failure) {
        TaskTrace.ModelCall call = null;
        for (Place place : members) {
            TaskTrace trace = place.task().trace;
            if (trace == TaskTrace.NONE) {
                continue;
            }
            if (call == null) {
                String model = place.task().ready().model().traits().name();
                call = new TaskTrace.ModelCall(callsBegun, model, members.size(), called, begun, modelNanos);
            }
            trace.stepped(call, place.row(), place.stepBefore + 1, failure);
        }
    }

    private void moved(Place place, double shareNanos) {
        place.calls++;
        int advanced = place.row().sampler().step() - place.stepBefore;
        place.callsOfStep = advanced > 0 ? 0 : place.callsOfStep + 1;
        place.task().pace.stepped(shareNanos, advanced);
        if (advanced > 0) {
            teller.tell(place.task(), place.row());
        }
    }
}
