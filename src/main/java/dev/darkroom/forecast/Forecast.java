package dev.darkroom.forecast;

import dev.darkroom.diffusion.Samplers;
import dev.darkroom.forecast.DeviceWork.Effort;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * When each task will begin and end, in milliseconds from a moment: the devices' future is played through, call by call.
 * What is not known is taken from what is most like it; a task of unknown length counts like the mean of the others, and
 * nothing is told of its own end. Of a long queue the first tasks are played through, and the others are taken to be like
 * them in the mean, and to go on at their pace. How much is played through is bounded, see {@link ForecastPlay}.
 */
public final class Forecast {

    /** How many waiting tasks are played through, so that one look takes some milliseconds at most. */
    public static final int PLAYED = 128;

    private final double[] begins;
    private final double[] ends;
    private final Map<TaskId, ForecastTask> running = new HashMap<>();
    private final int size;
    private double apart = Double.NaN;
    private double underWay = Double.NaN;

    /**
     * What was heard of a device.
     *
     * @param ageMillis how long ago
     */
    public record Heard(DeviceWork work, double ageMillis) {}

    /**
     * Plays through what is to come.
     *
     * @param devices without any nothing can be told
     * @param first the first {@value #PLAYED} of the queue, in its order
     * @param size of the whole queue
     * @param paces what images take beside their calls, and what calls take where no device has measured any
     */
    public Forecast(List<Heard> devices, List<WaitingTask> first, int size, PaceBook paces) {
        this(devices, Map.of(), first, size, paces);
    }

    /**
     * The same.
     *
     * @param claimed tasks that are in the queue no more, in the order in which they left it; those that no device has
     *     told of yet are taken to be begun before all others
     */
    public Forecast(
            List<Heard> devices, Map<TaskId, WaitingTask> claimed, List<WaitingTask> first, int size, PaceBook paces) {
        this.size = size;
        begins = unknown(first.size());
        ends = unknown(first.size());
        ForecastSpeeds all = new ForecastSpeeds(
                devices.stream()
                        .flatMap(heard -> heard.work().speeds().stream())
                        .toList(),
                null);
        List<ForecastDevice> played =
                devices.stream().map(heard -> device(heard, all)).toList();
        List<@Nullable ForecastTask> waiting = new ArrayList<>(first.size());
        claimed.forEach((id, task) -> {
            if (!running.containsKey(id)) {
                ForecastTask begun = task(task, all, paces);
                waiting.add(begun);
                if (begun != null) {
                    begun.claimed = true;
                    running.put(id, begun);
                }
            }
        });
        int begun = waiting.size();
        first.forEach(task -> waiting.add(task(task, all, paces)));
        ForecastTask usual = usual(waiting, all);
        boolean known = !played.isEmpty() && (waiting.isEmpty() || usual != null);
        if (known) {
            play(played, begun, waiting, usual, all);
        }
    }

    private static double[] unknown(int size) {
        double[] values = new double[size];
        Arrays.fill(values, Double.NaN);
        return values;
    }

    private ForecastDevice device(Heard heard, ForecastSpeeds all) {
        DeviceWork work = heard.work();
        ForecastDevice device = new ForecastDevice(work, new ForecastSpeeds(work.speeds(), all), -heard.ageMillis());
        for (DeviceWork.Job job : work.jobs()) {
            ForecastTask task = new ForecastTask(job.priority(), job.effort(), Double.NaN, job.notBegun(), job.alone());
            job.images().forEach(image -> task.add(image.callsLeft(), image.waitedMillis()));
            device.hold(task);
            running.put(job.taskId(), task);
        }
        return device;
    }

    private static @Nullable ForecastTask task(WaitingTask waiting, ForecastSpeeds all, PaceBook paces) {
        Workload work = waiting.work();
        if (work == null || work.pixels() < 1 || work.steps() < 1 || work.images() < 1) {
            return null;
        }
        PaceBook.Pace pace = paces.expect(waiting.model(), work);
        Effort effort = effort(waiting.model(), work, pace);
        double callMillis = pace == null ? Double.NaN : pace.stepMillis() * work.steps() / effort.calls();
        return all.curve(effort, callMillis) == null
                ? null
                : new ForecastTask(waiting.priority(), effort, callMillis, work.images(), waiting.alone());
    }

    /**
     * Returns what an image of {@code work} takes.
     *
     * @param pace null if nothing like it was measured
     */
    public static Effort effort(String model, Workload work, PaceBook.@Nullable Pace pace) {
        return new Effort(
                model,
                work.pixels(),
                work.guided() ? 2 : 1,
                Samplers.calls(work.sampler(), work.steps()),
                pace == null ? 0 : pace.imageMillis());
    }

    /** Returns a task of one image that takes as long as the known ones do in the mean, or null if none is known. */
    private @Nullable ForecastTask usual(List<@Nullable ForecastTask> waiting, ForecastSpeeds all) {
        List<ForecastTask> known =
                new ArrayList<>(waiting.stream().filter(Objects::nonNull).toList());
        if (known.isEmpty()) {
            running.values().stream()
                    .filter(task -> all.curve(task.effort, task.callMillis) != null)
                    .forEach(known::add);
        }
        if (known.isEmpty()) {
            return null;
        }
        double millis = known.stream()
                .mapToDouble(task -> task.aloneMillis(curve(task, all)))
                .average()
                .orElse(0);
        ForecastTask like = known.get(0);
        Effort effort = like.effort;
        double calls = millis / curve(like, all).millis(effort.modelRows());
        return new ForecastTask(
                like.priority,
                new Effort(effort.model(), effort.pixels(), effort.modelRows(), Math.max(1, calls), 0),
                like.callMillis,
                1,
                false);
    }

    private static ForecastCurve curve(ForecastTask task, ForecastSpeeds all) {
        return Objects.requireNonNull(all.curve(task.effort, task.callMillis));
    }

    /** @param begun how many of {@code waiting} wait no more */
    private void play(
            List<ForecastDevice> devices,
            int begun,
            List<@Nullable ForecastTask> waiting,
            @Nullable ForecastTask usual,
            ForecastSpeeds all) {
        List<ForecastTask> tasks = new ArrayList<>(waiting.size());
        waiting.forEach(task -> tasks.add(task == null ? copy(Objects.requireNonNull(usual)) : task));
        double[] alone = tasks.stream()
                .mapToDouble(task -> task.aloneMillis(curve(task, all)))
                .toArray();
        new ForecastPlay(devices, tasks, task -> task.aloneMillis(curve(task, all))).run();
        for (int i = 0; i < begins.length; i++) {
            ForecastTask task = tasks.get(begun + i);
            begins[i] = task.begin;
            ends[i] = waiting.get(begun + i) == null ? Double.NaN : task.end;
        }
        if (!tasks.isEmpty()) {
            apart = pace(tasks, alone) * Arrays.stream(alone).average().orElse(0);
            underWay = tasks.stream()
                    .mapToDouble(task -> task.end - task.begin)
                    .average()
                    .orElse(0);
        }
    }

    /** Returns in how many milliseconds the devices do a millisecond's work of these tasks, while there is enough to do. */
    private static double pace(List<ForecastTask> tasks, double[] alone) {
        double first = Double.MAX_VALUE;
        double lastBegin = 0;
        double lastEnd = 0;
        for (ForecastTask task : tasks) {
            first = Math.min(first, task.begin);
            lastBegin = Math.max(lastBegin, task.begin);
            lastEnd = Math.max(lastEnd, task.end);
        }
        // as long as tasks still begin, all places are taken
        double until = lastBegin > first ? lastBegin : lastEnd;
        double done = 0;
        for (int i = 0; i < tasks.size(); i++) {
            ForecastTask task = tasks.get(i);
            done += alone[i] * Math.min(1, (until - task.begin) / (task.end - task.begin));
        }
        return (until - first) / done;
    }

    private static ForecastTask copy(ForecastTask task) {
        return new ForecastTask(task.priority, task.effort, task.callMillis, task.notBegun, false);
    }

    /** Returns how many tasks wait. */
    public int size() {
        return size;
    }

    /**
     * Returns when a waiting task begins, by its place in the queue, also of one that is to come behind all others; NaN
     * if that is not known.
     */
    public double begin(int place) {
        int played = begins.length;
        if (place < played) {
            return begins[place];
        }
        return played == 0 ? Double.NaN : begins[played - 1] + (place - played + 1) * apart;
    }

    /** Returns when a waiting task ends, by its place in the queue; NaN if that is not known. */
    public double end(int place) {
        return place < ends.length ? ends[place] : begin(place) + underWay;
    }

    /** Returns when a task ends that a device has begun; NaN if that is not known. */
    public double end(TaskId task) {
        ForecastTask known = running.get(task);
        return known == null ? Double.NaN : known.end;
    }
}
