package dev.darkroom.store;

import dev.darkroom.forecast.Forecast;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The queue at one moment, and what was forecast then. */
final class QueueView {

    /** Nothing waits, and nothing is known. */
    static final QueueView EMPTY = new QueueView(new Long[0], new Forecast(List.of(), List.of(), 0, new PaceBook()), 0);

    private final Map<Long, Integer> places;
    private final Forecast forecast;
    private final long seenAt;

    /**
     * @param ids of the tasks in their order
     * @param forecast of the same tasks
     * @param seenAt nanoseconds
     */
    QueueView(Long[] ids, Forecast forecast, long seenAt) {
        this.places = new HashMap<>(2 * ids.length);
        this.forecast = forecast;
        this.seenAt = seenAt;
        for (int i = 0; i < ids.length; i++) {
            places.put(ids[i], i);
        }
    }

    /** Returns how many tasks there are. */
    int size() {
        return forecast.size();
    }

    /** Returns how many tasks stand before this one; one that is missing came after all of these. */
    int place(long id) {
        return places.getOrDefault(id, size());
    }

    /** Returns the milliseconds from {@code now}, in nanoseconds, until the task ends, or null if that is not known. */
    @Nullable
    Long millisLeft(long id, long now) {
        Integer place = places.get(id);
        return place == null ? null : left(forecast.end(place), now);
    }

    /** Returns the same of a task that a device has begun. */
    @Nullable
    Long millisLeft(TaskId task, long now) {
        return left(forecast.end(task), now);
    }

    private @Nullable Long left(double end, long now) {
        return Double.isNaN(end) ? null : Math.max(0, Math.round(end - since(now)));
    }

    private double since(long now) {
        return (now - seenAt) / 1e6;
    }

    /**
     * Returns the milliseconds from {@code now}, in nanoseconds, until the task at {@code place} begins, and with it a
     * place in the queue becomes free; NaN if that is not known.
     */
    double millisUntilBegin(int place, long now) {
        double begin = forecast.begin(place);
        // whoever comes behind the queue as it is now comes after it, however old the view
        return size() == 0 ? Double.NaN : begin - Math.min(since(now), forecast.begin(Math.min(place, size() - 1)));
    }
}
