package dev.darkroom.store;

import dev.darkroom.forecast.Forecast;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The queue at one moment, and what was forecast then or a moment before. */
final class QueueView {

    /** Nothing waits, and nothing is known. */
    static final QueueView EMPTY = new QueueView(List.of(), new Forecast(List.of(), List.of(), 0, new PaceBook()), 0);

    private final Map<Long, Integer> places;
    private final Map<Long, Integer> foreseen;
    private final int gone;
    private final Forecast forecast;
    private final long forecastAt;

    /**
     * @param ids of the tasks in their order
     * @param forecast of the same tasks
     * @param forecastAt nanoseconds
     */
    QueueView(List<Long> ids, Forecast forecast, long forecastAt) {
        this.places = places(ids);
        this.foreseen = places;
        this.gone = 0;
        this.forecast = forecast;
        this.forecastAt = forecastAt;
    }

    private QueueView(List<Long> ids, QueueView before) {
        this.places = places(ids);
        this.foreseen = before.foreseen;
        this.gone = (int)
                foreseen.keySet().stream().filter(id -> !places.containsKey(id)).count();
        this.forecast = before.forecast;
        this.forecastAt = before.forecastAt;
    }

    private static Map<Long, Integer> places(List<Long> ids) {
        Map<Long, Integer> places = new HashMap<>(2 * ids.size());
        for (int i = 0; i < ids.size(); i++) {
            places.put(ids.get(i), i);
        }
        return places;
    }

    /** Returns the queue as it is now with the same forecast. */
    QueueView seenAgain(List<Long> ids) {
        return new QueueView(ids, this);
    }

    /** Returns how many tasks there are. */
    int size() {
        return places.size();
    }

    /** Returns how many tasks stand before this one; one that is missing came after all of these. */
    int place(long id) {
        return places.getOrDefault(id, size());
    }

    /** Returns the milliseconds from {@code now}, in nanoseconds, until the task ends, or null if that is not known. */
    @Nullable
    Long millisLeft(long id, long now) {
        Integer place = places.get(id);
        return place == null ? null : left(forecast.end(foreseen.getOrDefault(id, place + gone)), now);
    }

    /** Returns the same of a task that a device has claimed, before the forecast or after it. */
    @Nullable
    Long millisLeft(TaskId task, long id, long now) {
        double end = forecast.end(task);
        Integer place = foreseen.get(id);
        return left(Double.isNaN(end) && place != null ? forecast.end(place) : end, now);
    }

    private @Nullable Long left(double end, long now) {
        return Double.isNaN(end) ? null : Math.max(0, Math.round(end - since(now)));
    }

    private double since(long now) {
        return (now - forecastAt) / 1e6;
    }

    /**
     * Returns the milliseconds from {@code now}, in nanoseconds, until the task at {@code place} begins, and with it a
     * place in the queue becomes free; NaN if that is not known.
     */
    double millisUntilBegin(int place, long now) {
        int then = place + gone;
        double begin = forecast.begin(then);
        // whoever comes behind the queue as it is now comes after it, however old the view
        return size() == 0
                ? Double.NaN
                : begin - Math.min(since(now), forecast.begin(Math.max(0, Math.min(then, forecast.size() - 1))));
    }
}
