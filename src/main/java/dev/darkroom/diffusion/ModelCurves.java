package dev.darkroom.diffusion;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/** A model's latency curves on a device, by shape. One thread at a time. */
public final class ModelCurves {

    /** Milliseconds of a call's row for each latent position, where nothing at all was measured. */
    private static final double UNKNOWN_MILLIS = 1e-3;

    private final Map<BatchKey, LatencyCurve> curves = new HashMap<>();

    /**
     * Returns the curve of a shape. A new one expects what was measured of a shape of as many positions: how these lie, and
     * how long the texts are, hardly changes what a call takes. It is empty if there is none.
     */
    public LatencyCurve of(BatchKey shape) {
        LatencyCurve known = curves.get(shape);
        if (known != null) {
            return known;
        }
        LatencyCurve begun = new LatencyCurve();
        curves.entrySet().stream()
                .filter(entry -> alike(shape, entry.getKey()))
                .map(Map.Entry::getValue)
                .max(Comparator.comparingInt(LatencyCurve::samples))
                .ifPresent(begun::expectLike);
        curves.put(shape, begun);
        return begun;
    }

    /** Takes over what was measured before. */
    public void put(BatchKey shape, Collection<LatencyCurve.Point> measured) {
        curves.computeIfAbsent(shape, unknown -> new LatencyCurve()).put(measured);
    }

    /** Tells the curves of shapes of as many positions what was measured of this one. */
    public void share(BatchKey shape) {
        LatencyCurve measured = of(shape);
        curves.forEach((other, curve) -> {
            if (!other.equals(shape) && alike(other, shape)) {
                curve.expectLike(measured);
            }
        });
    }

    private static boolean alike(BatchKey one, BatchKey other) {
        return positions(one) == positions(other);
    }

    /** Returns all curves. */
    public Map<BatchKey, LatencyCurve> all() {
        return Map.copyOf(curves);
    }

    /**
     * Returns the milliseconds that a call should take. What was not measured is taken from the shape nearest in size,
     * in proportion.
     */
    public double millis(BatchKey shape, int rows) {
        LatencyCurve exact = curves.get(shape);
        double known = exact == null ? Double.NaN : exact.millis(rows);
        if (!Double.isNaN(known)) {
            return known;
        }
        double best = Double.MAX_VALUE;
        double millis = UNKNOWN_MILLIS * positions(shape) * rows;
        for (Map.Entry<BatchKey, LatencyCurve> entry : curves.entrySet()) {
            double other = entry.getValue().millis(rows);
            double distance = Math.abs(Math.log(positions(shape) / positions(entry.getKey())));
            if (!Double.isNaN(other) && distance < best) {
                best = distance;
                millis = other * positions(shape) / positions(entry.getKey());
            }
        }
        return millis;
    }

    private static double positions(BatchKey shape) {
        return (double) shape.latentHeight() * shape.latentWidth();
    }
}
