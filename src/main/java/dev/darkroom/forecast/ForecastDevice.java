package dev.darkroom.forecast;

import dev.darkroom.diffusion.StepPlanner;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A device while its future is played through. It claims, begins and calls by the rules of the sampler's lane; several
 * calls of the same images are taken in one go.
 */
final class ForecastDevice {

    /** Of a call, for an image with its negative prompt. */
    private static final int MODEL_ROWS = 2;

    private final int mostImages;
    private final double hostMillis;
    private final ForecastSpeeds speeds;
    private final StepPlanner planner;
    private final List<ForecastTask> held = new ArrayList<>();
    private final List<ForecastTask.Image> images = new ArrayList<>();
    private int imagesPerCall;
    private double laterAt = Double.NaN;

    /** Milliseconds from now. */
    double clock;

    /** @param clock when what is known of it was so, in milliseconds from now */
    ForecastDevice(DeviceWork work, ForecastSpeeds speeds, double clock) {
        this.mostImages = work.mostImages();
        this.hostMillis = work.hostMillis();
        this.speeds = speeds;
        this.planner = new StepPlanner(mostImages * MODEL_ROWS);
        this.clock = clock;
        this.imagesPerCall = work.imagesPerCall();
    }

    /** Adds a task that it has begun, if it knows how long its calls take. */
    void hold(ForecastTask task) {
        if (speeds.curve(task.effort, task.callMillis) == null) {
            return;
        }
        if (task.ended()) {
            task.end = clock;
            return;
        }
        held.add(task);
        images.addAll(task.underWay);
    }

    private ForecastCurve curve(ForecastTask task) {
        return Objects.requireNonNull(speeds.curve(task.effort, task.callMillis));
    }

    boolean isFree() {
        return held.isEmpty();
    }

    /** Returns the tasks that it has claimed and not ended. */
    List<ForecastTask> held() {
        return held;
    }

    /** Adds a task that it has claimed since it was heard, as far as is known. */
    void take(ForecastTask claimed) {
        held.add(claimed);
    }

    /** Returns how many images it has under way or is about to begin. */
    int taken() {
        return taken(imagesPerCall);
    }

    /** Claims and begins what there is room for. */
    void admit(Deque<ForecastTask> queue) {
        if (images.isEmpty()) {
            // what waits now can't have begun before
            clock = Math.max(clock, 0);
        }
        if (clock >= 0) {
            claim(queue);
        }
        begin();
    }

    private void claim(Deque<ForecastTask> queue) {
        while (mayHave(queue.peek())) {
            int atOnce = Math.min(mostImages, 2 * imagesPerCall) - taken(Integer.MAX_VALUE);
            if (atOnce <= 0) {
                claimLater(queue);
                return;
            }
            claim(queue, atOnce, Integer.MIN_VALUE);
        }
    }

    private boolean mayHave(@Nullable ForecastTask task) {
        return task != null && (!task.alone || held.isEmpty()) && held.stream().noneMatch(other -> other.alone);
    }

    private void claimLater(Deque<ForecastTask> queue) {
        int lowest = held.stream().mapToInt(task -> task.priority).min().orElse(Integer.MAX_VALUE);
        int free = mostImages - taken(imagesPerCall);
        int above = queue.element().priority > lowest ? 2 * mostImages - taken(0) : 0;
        if (clock >= laterAt) {
            laterAt = Double.NaN;
            claim(queue, free > 0 ? free : above, free > 0 ? Integer.MIN_VALUE : lowest);
        } else if (Double.isNaN(laterAt) && (free > 0 || above > 0)) {
            laterAt = clock + ClaimTimes.LATER_MILLIS;
        }
    }

    /** Claims tasks of a priority above {@code above} until they have so many images. */
    private void claim(Deque<ForecastTask> queue, int images, int above) {
        int claimed = 0;
        for (ForecastTask task = queue.peek();
                mayHave(task) && claimed < images && task.priority > above;
                task = queue.peek()) {
            held.add(queue.remove());
            claimed += task.notBegun;
        }
    }

    /** Begins the images for which there are places. */
    void begin() {
        for (ForecastTask next = next(); next != null; next = next()) {
            if (Double.isNaN(next.begin)) {
                next.begin = clock;
            }
            images.add(next.beginImage());
        }
    }

    /** @param mostFurther how many images count of tasks that have one under way: these leave their room to others */
    private int taken(int mostFurther) {
        int first = 0;
        int further = 0;
        for (ForecastTask task : held) {
            int begins = task.notBegun > 0 && task.underWay.isEmpty() ? 1 : 0;
            first += begins;
            further += task.notBegun - begins;
        }
        return images.size() - freeSoon() + first + Math.min(further, mostFurther);
    }

    private int freeSoon() {
        ForecastTask last = null;
        double call = 0;
        int free = 0;
        for (ForecastTask.Image image : images) {
            if (image.task() != last) {
                last = image.task();
                call = curve(last).known().millis(imagesPerCall(last) * last.effort.modelRows());
            }
            free += image.callsLeft <= 1 || image.callsLeft * call <= ClaimTimes.SOON_MILLIS ? 1 : 0;
        }
        return free;
    }

    /** Returns whose next image begins: the first of the highest priority, one without an image under way before others. */
    private @Nullable ForecastTask next() {
        ForecastTask best = null;
        for (ForecastTask task : held) {
            boolean better = best == null
                    || task.priority > best.priority
                    || task.priority == best.priority && task.underWay.size() < best.underWay.size();
            if (task.notBegun > 0 && better && mayBegin(task)) {
                best = task;
            }
        }
        return best;
    }

    private boolean mayBegin(ForecastTask task) {
        if (task.claimed && clock < 0 || task.alone && held.stream().anyMatch(other -> !other.alone)) {
            return false;
        }
        boolean place = images.size() < mostImages;
        if (task.underWay.isEmpty()) {
            return place || images.stream().anyMatch(image -> image.priority() < task.priority);
        }
        return place && images.size() < imagesPerCall(task);
    }

    private int imagesPerCall(ForecastTask task) {
        int rows = task.effort.modelRows();
        return Math.max(1, curve(task).known().cap(rows, mostImages * MODEL_ROWS, now()) / rows);
    }

    private long now() {
        return (long) (clock * 1e6);
    }

    /**
     * Makes calls until something changes. There must be an image.
     *
     * @param mostCalls while others wait: who is in may change from call to call, and is looked at this often
     */
    void step(double mostCalls) {
        if (images.stream().anyMatch(image -> image.callsLeft <= 0)) {
            finish(List.copyOf(images));
            return;
        }
        for (ForecastTask task : held) {
            double left = task.samplingMillis(curve(task));
            task.underWay.forEach(image -> image.place(left));
        }
        List<ForecastTask.Image> contenders = new ArrayList<>(images);
        StepPlanner.Plan<ForecastTask.Image> plan =
                planner.plan(contenders, image -> curve(image.task()).known(), now());
        List<ForecastTask.Image> members = plan.members();
        ForecastTask leading = members.get(0).task();
        imagesPerCall = Math.min(mostImages, imagesPerCall(leading));
        double calls = Double.MAX_VALUE;
        for (ForecastTask.Image member : members) {
            calls = Math.min(calls, Math.ceil(member.callsLeft));
        }
        boolean passing = plan.passing() || members.size() < contenders.size();
        calls = Math.max(1, passing ? Math.min(calls, mostCalls) : calls);
        ForecastCurve curve = curve(leading);
        if (!curve.knows(plan.size()) && held.stream().anyMatch(task -> task.notBegun > 0)) {
            // what it learns may let the next image begin
            calls = 1;
        }
        double each = curve.millis(plan.size()) + hostMillis;
        double claims = clock < 0 ? 0 : laterAt;
        if (clock < claims) {
            calls = Math.min(calls, Math.ceil((claims - clock) / each));
        }
        double millis = calls * each;
        curve.called(plan.size(), calls);
        clock += millis;
        for (ForecastTask.Image image : contenders) {
            image.waitedMillis += millis;
        }
        for (ForecastTask.Image member : members) {
            member.waitedMillis -= millis;
            member.callsLeft -= calls;
        }
        finish(members);
    }

    private void finish(List<ForecastTask.Image> members) {
        for (ForecastTask.Image image : members) {
            if (image.callsLeft > 0) {
                continue;
            }
            ForecastTask task = image.task();
            clock += task.effort.otherMillis();
            images.remove(image);
            task.underWay.remove(image);
            if (task.ended()) {
                task.end = clock;
            }
        }
        for (Iterator<ForecastTask> tasks = held.iterator(); tasks.hasNext(); ) {
            if (tasks.next().ended()) {
                tasks.remove();
            }
        }
    }
}
