package dev.darkroom.forecast;

import dev.darkroom.diffusion.LatencyCurve;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * How long a device's calls take while its future is played through, and what the device knows of that: it decides by what
 * it has measured how many images share a call, and learns from the calls that it makes.
 */
final class ForecastCurve {

    private final LatencyCurve known;
    private final int measured;
    private final IntToDoubleFunction beyond;

    /**
     * @param known what the device has measured
     * @param beyond milliseconds of a call of more rows than these
     */
    ForecastCurve(LatencyCurve known, IntToDoubleFunction beyond) {
        this.known = known;
        this.measured = mostRows(known);
        this.beyond = beyond;
    }

    /** Makes one of which no more is known. */
    ForecastCurve(LatencyCurve known) {
        this(known, known::millis);
    }

    /** Returns the most rows that were measured, or 0. */
    static int mostRows(LatencyCurve curve) {
        List<LatencyCurve.Point> points = curve.points();
        return points.isEmpty() ? 0 : points.get(points.size() - 1).rows();
    }

    /** Returns what the device knows by now. */
    LatencyCurve known() {
        return known;
    }

    /** Returns the milliseconds that a call takes. */
    double millis(int rows) {
        return rows <= measured ? known.millis(rows) : beyond.applyAsDouble(rows);
    }

    /** Tells whether the device knows calls of so many rows so well that it learns nothing more from one. */
    boolean knows(int rows) {
        return known.knows(rows, LatencyCurve.SURE);
    }

    /** Calls were made. */
    void called(int rows, double calls) {
        double millis = millis(rows);
        for (int call = 0; call < calls && !knows(rows); call++) {
            known.learn(rows, millis);
        }
    }
}
