package dev.darkroom.worker;

import dev.darkroom.worker.LaneRows.Place;
import java.time.Duration;

/**
 * Tells how many images a lane can begin now or in a moment. What is claimed earlier would only wait here, where no
 * higher priority and no queue time-out reaches it. Belongs to the lane.
 */
final class ClaimRoom {

    /** Long enough for a claim and for encoding a prompt. */
    private static final Duration SOON = Duration.ofMillis(300);

    private final int maxRows;
    private final LaneRows rows;
    private final HeldTasks tasks;
    private final TurnClock turns;

    /** @param maxRows images that share a model call at most */
    ClaimRoom(int maxRows, LaneRows rows, HeldTasks tasks, TurnClock turns) {
        this.maxRows = maxRows;
        this.rows = rows;
        this.tasks = tasks;
        this.turns = turns;
    }

    /** Returns how many images more there is room for; zero or less if none. */
    int images() {
        int waiting = 0;
        for (RunningTask task : tasks.inOrder()) {
            waiting += task.ending == null ? task.imagesToBegin() : 0;
        }
        return maxRows - rows.size() + freeSoon() - waiting;
    }

    private int freeSoon() {
        double turn = turns.usualNanos();
        int free = 0;
        for (Place place : rows.all()) {
            int left = place.row().sampler().steps() - place.row().sampler().step();
            free += left <= 1 || left * turn <= SOON.toNanos() ? 1 : 0;
        }
        return free;
    }
}
