package dev.darkroom.worker;

import dev.darkroom.diffusion.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The images that a lane samples now. Belongs to the lane. */
final class LaneRows {

    /** An image of a task. */
    record Place(RunningTask task, Row row) {}

    private final List<Place> places = new ArrayList<>();

    int size() {
        return places.size();
    }

    /** Returns the images in the order in which they began. */
    List<Place> all() {
        return Collections.unmodifiableList(places);
    }

    void add(RunningTask task, Row row) {
        places.add(new Place(task, row));
    }

    void remove(Place place) {
        places.remove(place);
    }

    /** Returns an image that has all its steps, or null. */
    @Nullable
    Place sampled() {
        for (Place place : places) {
            if (place.row().sampler().done()) {
                return place;
            }
        }
        return null;
    }

    /** Returns the oldest image and those that can share its next model call. */
    List<Place> together() {
        Place first = places.get(0);
        return places.stream()
                .filter(place ->
                        place.task().ready().loop() == first.task().ready().loop()
                                && place.row().batchKey().equals(first.row().batchKey()))
                .toList();
    }

    /** Drops the task's lowest image; returns whether there was one. */
    boolean skip(RunningTask task) {
        Place lowest = null;
        for (Place place : places) {
            if (place.task() == task
                    && (lowest == null
                            || place.row().imageIndex() < lowest.row().imageIndex())) {
                lowest = place;
            }
        }
        if (lowest == null) {
            return false;
        }
        task.skipped.set(lowest.row().imageIndex());
        places.remove(lowest);
        return true;
    }

    /** Drops the task's images. */
    void leave(RunningTask task) {
        places.removeIf(place -> place.task() == task);
    }

    /** Tells whether an image of the task is being sampled. */
    boolean holds(RunningTask task) {
        return places.stream().anyMatch(place -> place.task() == task);
    }

    /** Returns for each of the task's images the steps that it still takes. */
    int[] stepsLeft(RunningTask task) {
        return places.stream()
                .filter(place -> place.task() == task)
                .mapToInt(place ->
                        place.row().sampler().steps() - place.row().sampler().step())
                .toArray();
    }
}
