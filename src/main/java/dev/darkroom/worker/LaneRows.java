package dev.darkroom.worker;

import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.Contender;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.StepLoop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The images that a lane samples now. Belongs to the lane. */
final class LaneRows {

    /** Of one loop, with one shape: such rows can share a model call. */
    private record Company(StepLoop loop, BatchKey key) {}

    /** An image of a task. */
    static final class Place implements Contender {

        private final RunningTask task;
        private final Row row;
        private final Company company;

        /** When its texts were encoded and its first latent was drawn. */
        final long readySince = System.nanoTime();

        /** How long calls took that others had without it. */
        long waitedNanos;

        /** Model calls made for it. */
        int calls;

        /** Model calls made for the step under way: some samplers' steps take several. */
        int callsOfStep;

        /** Steps before the call in flight. */
        int stepBefore;

        /** Calls for it alone that did not fit the memory. */
        int memoryFailures;

        /** See {@link #urgency()}. */
        double urgency;

        private Place(RunningTask task, Row row) {
            this.task = task;
            this.row = row;
            this.company = new Company(task.ready().loop(), row.batchKey());
        }

        RunningTask task() {
            return task;
        }

        Row row() {
            return row;
        }

        int stepsLeft() {
            return row.sampler().steps() - row.sampler().step();
        }

        /** Returns about how many model calls it still takes. */
        int callsLeft() {
            int steps = stepsLeft();
            if (steps == 0) {
                return 0;
            }
            String sampler = task.ready().resolved().plan().sampler();
            // an adaptive sampler's step may take any number of calls
            return Math.max(Samplers.calls(sampler, steps) - callsOfStep, Samplers.calls(sampler, steps - 1) + 1);
        }

        @Override
        public Object company() {
            return company;
        }

        @Override
        public int modelRows() {
            return row.modelRows();
        }

        @Override
        public int priority() {
            return task.claim.priority();
        }

        @Override
        public double urgency() {
            return urgency;
        }
    }

    private final List<Place> places = new ArrayList<>();
    private final List<Place> contenders = new ArrayList<>();

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

    /** Returns the image of the highest priority that has all its steps, or null. */
    @Nullable
    Place sampled() {
        Place first = null;
        for (Place place : places) {
            if (place.row().sampler().done() && (first == null || place.priority() > first.priority())) {
                first = place;
            }
        }
        return first;
    }

    /** Returns the images that need another model call, in a list for the caller to sort; the next call changes it. */
    List<Place> contenders() {
        contenders.clear();
        for (Place place : places) {
            if (!place.row().sampler().done()) {
                contenders.add(place);
            }
        }
        return contenders;
    }

    /** Tells whether an image has a lower priority. */
    boolean hasBelow(int priority) {
        for (Place place : places) {
            if (place.priority() < priority) {
                return true;
            }
        }
        return false;
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
        return count(task) > 0;
    }

    /** Returns how many images of the task there are. */
    int count(RunningTask task) {
        int count = 0;
        for (Place place : places) {
            if (place.task() == task) {
                count++;
            }
        }
        return count;
    }

    /** Returns one of the task's images, or null. */
    @Nullable
    Place first(RunningTask task) {
        for (Place place : places) {
            if (place.task() == task) {
                return place;
            }
        }
        return null;
    }

    /** Returns the task's images. */
    List<Place> of(RunningTask task) {
        return places.stream().filter(place -> place.task() == task).toList();
    }
}
