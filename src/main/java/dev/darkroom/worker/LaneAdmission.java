package dev.darkroom.worker;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Chooses which task's next image comes under way. Belongs to the lane. */
final class LaneAdmission {

    private final LaneRows rows;
    private final LaneForecast forecast;
    private final int maxRows;
    private final int mostModelRows;

    /**
     * @param maxRows images under way at once
     * @param mostModelRows of a call
     */
    LaneAdmission(LaneRows rows, LaneForecast forecast, int maxRows, int mostModelRows) {
        this.rows = rows;
        this.forecast = forecast;
        this.maxRows = maxRows;
        this.mostModelRows = mostModelRows;
    }

    /**
     * Returns the task to bring nearer to sampling, or null: the first of the highest priority, and of those one that has
     * no image under way before one that has.
     *
     * @param tasks in the order in which they were claimed
     */
    @Nullable
    RunningTask next(Collection<RunningTask> tasks) {
        RunningTask best = null;
        int bestImages = 0;
        for (RunningTask task : tasks) {
            if (task.ending != null || task.stage == RunningTask.Stage.WAITING_FOR_MODEL) {
                continue;
            }
            int images = rows.count(task);
            boolean better = best == null
                    || task.claim.priority() > best.claim.priority()
                    || task.claim.priority() == best.claim.priority() && images < bestImages;
            if (better && mayAdvance(task, images)) {
                best = task;
                bestImages = images;
            }
        }
        return best;
    }

    /**
     * Tells whether there is a place for the task's next image: a free one, or one beyond them where somebody of a lower
     * priority is under way. More images of one task begin only as far as one call holds them, so that places are left
     * for those who come.
     */
    private boolean mayAdvance(RunningTask task, int images) {
        if (task.stage == RunningTask.Stage.SAMPLING && !task.hasNext()) {
            return false;
        }
        boolean place = rows.size() < maxRows;
        return images == 0
                ? place || rows.hasBelow(task.claim.priority())
                : place && rows.size() < forecast.imagesPerCall(task, mostModelRows);
    }
}
