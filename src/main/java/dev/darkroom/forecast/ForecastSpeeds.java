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

    private final Map<Shape, LatencyCurve> measured = new HashMap<>();
    private final Map<Shape, ForecastCurve> curves = new HashMap<>();
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
    ForecastCurve curve(Effort effort, double callMillis) {
        Shape shape = Shape.of(effort);
        ForecastCurve known = curves.get(shape);
        if (known != null) {
            return known;
        }
        ForecastCurve curve = ofMeasured(shape);
        if (curve == null && others != null) {
            ForecastCurve theirs = others.curve(effort, callMillis);
            // as fast as the others, but what they know it has yet to learn
            curve = theirs == null ? null : new ForecastCurve(new LatencyCurve(), theirs::millis);
        }
        if (curve == null && !Double.isNaN(callMillis)) {
            LatencyCurve one = new LatencyCurve();
            one.put(List.of(new LatencyCurve.Point(effort.modelRows(), callMillis, 1)));
            curve = new ForecastCurve(one);
        }
        if (curve != null) {
            curves.put(shape, curve);
        }
        return curve;
    }

    /**
     * Returns what was measured of the shape, and beyond that what a shape of the model nearest in size is like: rows of
     * four times the pixels take what four times the rows take.
     */
    private @Nullable ForecastCurve ofMeasured(Shape shape) {
        LatencyCurve own = measured.get(shape);
        Map.Entry<Shape, LatencyCurve> nearest = measured.entrySet().stream()
                .filter(entry -> entry.getKey().model().equals(shape.model())
                        && !entry.getKey().equals(shape))
                .min(Comparator.comparingDouble(
                        entry -> Math.abs(Math.log((double) entry.getKey().pixels() / shape.pixels()))))
                .orElse(null);
        if (nearest == null) {
            return own == null ? null : new ForecastCurve(own);
        }
        LatencyCurve like = new LatencyCurve();
        like.put(nearest.getValue().points());
        double scale = (double) shape.pixels() / nearest.getKey().pixels();
        if (own == null) {
            return new ForecastCurve(new LatencyCurve(), rows -> millis(like, rows * scale));
        }
        int most = ForecastCurve.mostRows(own);
        double factor = own.millis(most) / millis(like, most * scale);
        return new ForecastCurve(own, rows -> factor * millis(like, rows * scale));
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
