package dev.darkroom.worker;

import dev.darkroom.forecast.ClaimTimes;
import dev.darkroom.worker.LaneRows.Place;
import java.util.function.IntSupplier;

/**
 * Tells how many images a lane can begin now or in a moment. What is claimed earlier would only wait here, where no
 * higher priority and no queue time-out reaches it. Belongs to the lane.
 */
final class ClaimRoom {

    private final int maxRows;
    private final IntSupplier imagesPerCall;
    private final LaneRows rows;
    private final HeldTasks tasks;
    private final LaneForecast forecast;

    /**
     * @param maxRows images under way at most
     * @param imagesPerCall images that share a model call at most
     */
    ClaimRoom(int maxRows, IntSupplier imagesPerCall, LaneRows rows, HeldTasks tasks, LaneForecast forecast) {
        this.maxRows = maxRows;
        this.imagesPerCall = imagesPerCall;
        this.rows = rows;
        this.tasks = tasks;
        this.forecast = forecast;
    }

    /** Returns how many images keep the device's calls full, this one and the next; zero or less if they are. */
    int atOnce() {
        return Math.min(maxRows, 2 * imagesPerCall.getAsInt()) - taken(Integer.MAX_VALUE);
    }

    /** Returns how many images more there is room for; zero or less if none. */
    int later() {
        return maxRows - taken(imagesPerCall.getAsInt());
    }

    /** Returns how many images there is room for in front of others that were begun. */
    int above() {
        return 2 * maxRows - taken(0);
    }

    /** @param mostFurther how many images count of tasks that have one under way: these leave their room to others */
    private int taken(int mostFurther) {
        int first = 0;
        int further = 0;
        for (RunningTask task : tasks.inOrder()) {
            int waiting = task.ending == null ? task.imagesToBegin() : 0;
            int begins = waiting > 0 && !rows.holds(task) ? 1 : 0;
            first += begins;
            further += waiting - begins;
        }
        return rows.size() - freeSoon() + first + Math.min(further, mostFurther);
    }

    private int freeSoon() {
        RunningTask last = null;
        double call = 0;
        int free = 0;
        for (Place place : rows.all()) {
            if (place.task() != last) {
                last = place.task();
                call = forecast.fullCallMillis(place, maxRows * Lane.MODEL_ROWS);
            }
            int left = place.callsLeft();
            free += left <= 1 || left * call <= ClaimTimes.SOON_MILLIS ? 1 : 0;
        }
        return free;
    }
}
