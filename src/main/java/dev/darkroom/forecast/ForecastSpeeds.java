package dev.darkroom.forecast;

import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.forecast.DeviceWork.Effort;
import dev.darkroom.forecast.DeviceWork.Speed;
import dev.darkroom.forecast.ForecastTask.Shape;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How long a device's calls take: as it measured them, in proportion to the pixels, or as others did. */
final class ForecastSpeeds {

    private static final int MOST_ROWS = 128;

    /** So often a size is tried before it is known. */
    private static final int SAMPLES = 3;

    private final Map<Shape, LatencyCurve> measured = new HashMap<>();
    private final Map<Shape, LatencyCurve> derived = new HashMap<>();
    private final @Nullable ForecastSpeeds others;

    /** @param others who know what this device has not measured, or null */
    ForecastSpeeds(List<Speed> speeds, @Nullable ForecastSpeeds others) {
        this.others = others;
        for (Speed speed : speeds) {
            measured.computeIfAbsent(new Shape(speed.model(), speed.pixels()), shape -> new LatencyCurve())
                    .put(speed.points());
        }
    }

    /**
     * Returns the curve of calls for such images, or null if nothing is known.
     *
     * @param callMillis of one image, where nobody measured calls; NaN if that is not known
     */
    @Nullable
    LatencyCurve curve(Effort effort, double callMillis) {
        Shape shape = Shape.of(effort);
        LatencyCurve known = derived.get(shape);
        if (known != null) {
            return known;
        }
        LatencyCurve curve = ofMeasured(shape, effort.modelRows());
        if (curve == null && others != null) {
            curve = others.curve(effort, callMillis);
        }
        if (curve == null && !Double.isNaN(callMillis)) {
            curve = new LatencyCurve();
            curve.put(List.of(new LatencyCurve.Point(effort.modelRows(), callMillis, 1)));
        }
        if (curve != null) {
            derived.put(shape, curve);
        }
        return curve;
    }

    /**
     * Returns what was measured of the shape and, as far as the device will try larger calls, what a shape of the model
     * nearest in size is like: rows of four times the pixels take what four times the rows take. Which sizes the device
     * comes to know matters as much as their speed, since it decides how many images share a call.
     */
    private @Nullable LatencyCurve ofMeasured(Shape shape, int modelRows) {
        LatencyCurve own = measured.get(shape);
        Map.Entry<Shape, LatencyCurve> nearest = measured.entrySet().stream()
                .filter(entry -> entry.getKey().model().equals(shape.model())
                        && !entry.getKey().equals(shape))
                .min(Comparator.comparingDouble(
                        entry -> Math.abs(Math.log((double) entry.getKey().pixels() / shape.pixels()))))
                .orElse(null);
        if (nearest == null) {
            return own;
        }
        double scale = (double) shape.pixels() / nearest.getKey().pixels();
        LatencyCurve curve = new LatencyCurve();
        int most = 0;
        double factor = 1;
        if (own != null) {
            curve.put(own.points());
            most = own.points().get(own.points().size() - 1).rows();
            factor = own.millis(most) / millis(nearest.getValue(), most * scale);
        }
        int next = curve.cap(modelRows, MOST_ROWS, 0);
        while (!curve.knows(next, SAMPLES)) {
            double millis = next <= most ? curve.millis(next) : factor * millis(nearest.getValue(), next * scale);
            curve.put(List.of(new LatencyCurve.Point(next, millis, SAMPLES)));
            next = curve.cap(modelRows, MOST_ROWS, 0);
        }
        return curve;
    }

    /** Returns the milliseconds of a call that has as much to do as so many rows. */
    private static double millis(LatencyCurve curve, double rows) {
        int below = (int) rows;
        if (below == 0) {
            return rows * curve.millis(1);
        }
        return curve.millis(below) + (rows - below) * (curve.millis(below + 1) - curve.millis(below));
    }
}
