package dev.darkroom.forecast;

import dev.darkroom.diffusion.Contender;
import dev.darkroom.diffusion.StepPlanner;
import dev.darkroom.forecast.DeviceWork.Effort;
import java.util.ArrayList;
import java.util.List;

/** A task while its future is played through. */
final class ForecastTask {

    /** Whose images can share a call. */
    record Shape(String model, int pixels) {
        static Shape of(Effort effort) {
            return new Shape(effort.model(), effort.pixels());
        }
    }

    /** An image under way. */
    static final class Image implements Contender {

        private final ForecastTask task;
        private double urgency;
        double callsLeft;
        double waitedMillis;

        private Image(ForecastTask task, double callsLeft, double waitedMillis) {
            this.task = task;
            this.callsLeft = callsLeft;
            this.waitedMillis = waitedMillis;
        }

        ForecastTask task() {
            return task;
        }

        /** Notes where it stands in the order of its priority. */
        void place(double taskMillis) {
            urgency = StepPlanner.urgency(taskMillis, (long) (waitedMillis * 1e6));
        }

        @Override
        public Object company() {
            return task.shape;
        }

        @Override
        public int modelRows() {
            return task.effort.modelRows();
        }

        @Override
        public int priority() {
            return task.priority;
        }

        @Override
        public double urgency() {
            return urgency;
        }
    }

    final int priority;
    final Effort effort;

    /** Milliseconds of a call for one image, where nobody has measured calls; NaN if that is not known. */
    final double callMillis;

    /** Nothing is under way beside it. */
    final boolean alone;

    /** It is in the queue no more, though no device has told of it. */
    boolean claimed;

    final List<Image> underWay = new ArrayList<>();
    private final Shape shape;
    int notBegun;
    double begin = Double.NaN;
    double end = Double.NaN;

    ForecastTask(int priority, Effort effort, double callMillis, int notBegun, boolean alone) {
        this.priority = priority;
        this.effort = effort;
        this.callMillis = callMillis;
        this.shape = Shape.of(effort);
        this.notBegun = notBegun;
        this.alone = alone;
    }

    /** Adds an image that is under way. */
    Image add(double callsLeft, double waitedMillis) {
        Image image = new Image(this, callsLeft, waitedMillis);
        underWay.add(image);
        return image;
    }

    /** Begins the next image. */
    Image beginImage() {
        notBegun--;
        return add(effort.calls(), 0);
    }

    boolean ended() {
        return notBegun == 0 && underWay.isEmpty();
    }

    /** Returns how many images it still has to make. */
    int imagesLeft() {
        return notBegun + underWay.size();
    }

    /** Returns the model calls that its images still take, each of them alone. */
    double callsLeft() {
        double calls = notBegun * effort.calls();
        for (Image image : underWay) {
            calls += image.callsLeft;
        }
        return calls;
    }

    /** Returns the milliseconds of model calls that its images would still take, each of them alone. */
    double samplingMillis(ForecastCurve curve) {
        return callsLeft() * curve.millis(effort.modelRows());
    }

    /** Returns the milliseconds that all of it would still take alone. */
    double aloneMillis(ForecastCurve curve) {
        return samplingMillis(curve) + imagesLeft() * effort.otherMillis();
    }
}
