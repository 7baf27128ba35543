package dev.darkroom.worker;

import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.ModelCurves;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.diffusion.StepPlanner;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.Workload;
import dev.darkroom.worker.LaneRows.Place;
import java.util.List;

/**
 * Predicts from measured curves how much of the device tasks still need, and so who goes first: the shortest remainder,
 * with ageing. Belongs to the lane.
 */
final class LaneForecast {

    private final LaneRows rows;
    private final DeviceCurves curves;

    LaneForecast(LaneRows rows, DeviceCurves curves) {
        this.rows = rows;
        this.curves = curves;
    }

    LatencyCurve curve(Place place) {
        return curves(place.task()).of(place.row().batchKey());
    }

    private ModelCurves curves(RunningTask task) {
        return curves.of(task.ready().model().traits());
    }

    /** Returns how many images like the task's one call holds, as far as is known. */
    int imagesPerCall(RunningTask task, int mostRows) {
        Place first = rows.first(task);
        return first == null ? 1 : imagesPerCall(first, mostRows);
    }

    int imagesPerCall(Place place, int mostRows) {
        return Math.max(1, curve(place).cap(place.modelRows(), mostRows, System.nanoTime()) / place.modelRows());
    }

    /** Returns how long a call takes that is full of images like this, or NaN if nothing like it was measured. */
    double fullCallMillis(Place place, int mostRows) {
        return curve(place).millis(imagesPerCall(place, mostRows) * place.modelRows());
    }

    /** Says of each image where it stands in the lane's order. */
    void refresh(List<Place> contenders) {
        RunningTask last = null;
        double left = 0;
        for (Place place : contenders) {
            if (place.task() != last) {
                last = place.task();
                left = samplingMillis(last);
            }
            place.urgency = StepPlanner.urgency(left, place.waitedNanos);
        }
    }

    /** Returns the milliseconds of model calls that the task's images would still take, each of them alone. */
    private double samplingMillis(RunningTask task) {
        double millis = 0;
        for (Place place : rows.of(task)) {
            millis += place.callsLeft() * callMillis(place);
        }
        RunningTask.Setup setup = task.ready();
        int notBegun = task.imagesToBegin();
        if (notBegun > 0) {
            SamplingPlan plan = setup.resolved().plan();
            millis += notBegun * Samplers.calls(plan.sampler(), plan.steps()) * callMillis(setup);
        }
        return millis;
    }

    private double callMillis(Place place) {
        return curves(place.task()).millis(place.row().batchKey(), place.modelRows());
    }

    private double callMillis(RunningTask.Setup setup) {
        SamplingPlan plan = setup.resolved().plan();
        int scale = setup.model().traits().latentScale();
        BatchKey shape = new BatchKey(
                plan.height() / scale, plan.width() / scale, setup.model().textTokens());
        int modelRows = setup.resolved().guidance().needsNegative() ? 2 : 1;
        return curves.of(setup.model().traits()).millis(shape, modelRows);
    }

    /**
     * Returns the milliseconds of the device that the task would still need alone, or NaN if nothing like it was
     * measured.
     *
     * @param paces what an image takes beside its steps
     */
    double millisLeft(RunningTask task, PaceBook paces) {
        Workload work = task.work();
        PaceBook.Pace pace = work == null ? null : paces.expect(task.claim.model(), work);
        if (work == null || pace == null) {
            return Double.NaN;
        }
        int notBegun = task.imagesToBegin();
        if (task.setup == null) {
            return notBegun * (work.steps() * pace.stepMillis() + pace.imageMillis());
        }
        return samplingMillis(task) + (notBegun + rows.count(task)) * pace.imageMillis();
    }
}
