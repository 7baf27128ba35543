package dev.darkroom.store;

import dev.darkroom.bus.NewTask;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.Workload;
import org.jspecify.annotations.Nullable;

/**
 * What a task costs its owner, by which the queue is ordered within a priority: the milliseconds of a device that it is
 * expected to take, over the owner's weight. A task's tag is the last tag of its owner, or that of the tasks that run now
 * if it is higher, plus its cost; so whoever asked for much comes behind whoever asked for little, and nobody saves up
 * for later.
 */
final class FairTags {

    /** What a step of a picture of 256 x 256 is taken for while nothing like it was measured. */
    private static final double UNKNOWN_STEP_MILLIS = 20;

    private static final double UNKNOWN_STEP_PIXELS = 65_536;
    private static final double UNKNOWN_IMAGE_MILLIS = 1_000;

    private final Shares shares;
    private final PaceBook paces;

    FairTags(Shares shares, PaceBook paces) {
        this.shares = shares;
        this.paces = paces;
    }

    /** Returns what the task adds to its owner's tag, or null where there is nobody to share with. */
    @Nullable
    Double cost(NewTask task) {
        return shares.counted() ? millis(task) / shares.weight(task.owner()) : null;
    }

    private double millis(NewTask task) {
        Workload work = task.terms().work();
        if (work == null) {
            return task.images() * UNKNOWN_IMAGE_MILLIS;
        }
        Double known = paces.millis(task.model(), work);
        return known == null
                ? work.images() * work.steps() * UNKNOWN_STEP_MILLIS * work.pixels() / UNKNOWN_STEP_PIXELS
                : known;
    }
}
