package dev.darkroom.worker;

import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.ModelCurves;
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
        int notBegun = notBegun(task);
        if (notBegun > 0) {
            millis += notBegun * setup.resolved().plan().steps() * stepMillis(setup);
        }
        return millis;
    }

    private double callMillis(Place place) {
        return curves(place.task()).millis(place.row().batchKey(), place.modelRows());
    }

    private double stepMillis(RunningTask.Setup setup) {
        SamplingPlan plan = setup.resolved().plan();
        int scale = setup.model().traits().latentScale();
        BatchKey shape = new BatchKey(
                plan.height() / scale, plan.width() / scale, setup.model().textTokens());
        int modelRows = setup.resolved().guidance().needsNegative() ? 2 : 1;
        return curves.of(setup.model().traits()).millis(shape, modelRows);
    }

    private static int notBegun(RunningTask task) {
        int count = 0;
        for (int image = task.next; image < task.images(); image++) {
            count += task.skipped.get(image) ? 0 : 1;
        }
        return count;
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
        int notBegun = notBegun(task);
        if (task.setup == null) {
            return notBegun * (work.steps() * pace.stepMillis() + pace.imageMillis());
        }
        return samplingMillis(task) + (notBegun + rows.count(task)) * pace.imageMillis();
    }

    /**
     * Returns how fast each of several tasks goes on when they share calls, compared with one alone: at 16 rows that take
     * three times as long as two, eight images go at a third of the speed each.
     */
    double speed(RunningTask like, int images) {
        Place place = rows.first(like);
        if (place == null) {
            return 1.0 / images;
        }
        double alone = callMillis(place);
        double together = curves(like).millis(place.row().batchKey(), images * place.modelRows());
        return Math.min(1, alone / together);
    }
}
