package dev.darkroom.diffusion;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How long a model's calls take on a device, by their number of rows, for one {@link BatchKey}: measured, not guessed.
 * Says how many rows a call should have: more than the smallest number that comes near the best rate only make everybody
 * wait longer. One thread at a time.
 */
public final class LatencyCurve {

    /** A call has enough rows when it does this share of the best rate. */
    public static final double ENOUGH = 0.95;

    /** Before anything is measured, a call holds one image with its negative prompt. */
    private static final int FIRST = 2;

    /** Measurements after which a size is not tried again for its own sake. */
    public static final int SURE = 3;

    /** Weight of the newest of many measurements. */
    private static final double NEWEST = 0.1;

    /** The same of a size that was not called for long: what is known of it is of another time. */
    private static final double NEWEST_OF_OLD = 0.5;

    /** Calls after which a size is that old; half as many make half of the difference. */
    private static final double OLD = 256;

    private static final long LOWERED_NANOS = 600_000_000_000L;

    /**
     * What was measured.
     *
     * @param rows of the call
     * @param millis milliseconds of a call, weighted mean
     * @param samples measurements in it; 0 if it is only expected, from what a curve much the same has measured
     */
    public record Point(int rows, double millis, int samples) {
        double rate() {
            return rows / millis;
        }
    }

    private final NavigableMap<Integer, Point> points = new TreeMap<>();
    private final Map<Integer, Long> learnedAt = new HashMap<>();
    private long learned;
    private int lowered = Integer.MAX_VALUE;
    private long loweredAt;

    /** Takes over what was measured before. */
    public void put(Collection<Point> measured) {
        measured.forEach(point -> points.put(point.rows(), point));
    }

    /** Returns what is known, by rows. */
    public List<Point> points() {
        return List.copyOf(points.values());
    }

    /** Adds a measurement. The caller leaves out calls that are a size's first, since a device prepares for them. */
    public void learn(int rows, double millis) {
        Long before = learnedAt.put(rows, ++learned);
        Point known = points.get(rows);
        if (known == null) {
            points.put(rows, new Point(rows, millis, 1));
            return;
        }
        int samples = known.samples() + 1;
        double age = Math.min(1, (learned - (before == null ? 0 : before)) / OLD);
        double weight = Math.max(NEWEST + age * (NEWEST_OF_OLD - NEWEST), 1.0 / samples);
        points.put(rows, new Point(rows, known.millis() + weight * (millis - known.millis()), samples));
    }

    /**
     * Expects of sizes above those that were measured here what a curve that is much the same has measured, in proportion.
     * The first own measurement takes an expectation's place.
     */
    void expectLike(LatencyCurve other) {
        int most = 0;
        for (Point point : points.values()) {
            most = point.samples() > 0 ? point.rows() : most;
        }
        if (most > 0 && other.points.floorKey(most) == null) {
            return;
        }
        double factor = most == 0 ? 1 : millis(most) / other.millis(most);
        for (Point point : other.points.tailMap(most, false).values()) {
            if (point.samples() > 0) {
                points.put(point.rows(), new Point(point.rows(), factor * point.millis(), 0));
            }
        }
    }

    /** Returns how many measurements it has. */
    int samples() {
        return points.values().stream().mapToInt(Point::samples).sum();
    }

    /** Tells whether a call of so many rows was measured often enough. */
    public boolean knows(int rows, int samples) {
        Point point = points.get(rows);
        return point != null && point.samples() >= samples;
    }

    /** Returns the milliseconds that a call of so many rows should take, or NaN before anything is measured. */
    public double millis(int rows) {
        Map.Entry<Integer, Point> below = points.floorEntry(rows);
        Map.Entry<Integer, Point> above = points.ceilingEntry(rows);
        if (below == null) {
            return above == null ? Double.NaN : above.getValue().millis();
        }
        double low = below.getValue().millis();
        if (above == null) {
            return low * rows / below.getKey();
        }
        int apart = above.getKey() - below.getKey();
        double high = above.getValue().millis();
        return apart == 0 ? low : low + (high - low) * (rows - below.getKey()) / apart;
    }

    /** Returns the most rows per millisecond of any measured size, or NaN before anything is measured. */
    public double bestRate() {
        return points.values().stream().mapToDouble(Point::rate).max().orElse(Double.NaN);
    }

    /**
     * Returns how many rows a call should hold at most: the fewest with {@value #ENOUGH} of the best rate. Where the size
     * above is not measured well and may be better, it is that one, so that the curve goes on where nobody measures it
     * otherwise.
     *
     * @param unit rows that come together: those of an image
     * @param most rows that are allowed
     * @param nanoTime now
     */
    public int cap(int unit, int most, long nanoTime) {
        int allowed = Math.max(1, Math.min(most, limit(nanoTime)));
        double best = 0;
        for (Point point : points.values()) {
            if (fits(point, unit, allowed)) {
                best = Math.max(best, point.rate());
            }
        }
        if (best == 0) {
            return Math.min(allowed, Math.max(unit, FIRST));
        }
        Point before = null;
        for (Point point : points.values()) {
            if (!fits(point, unit, allowed)) {
                continue;
            }
            if (point.rate() >= ENOUGH * best) {
                return orNext(point, before, unit, allowed);
            }
            before = point;
        }
        throw new IllegalStateException("the best rate is among the rates");
    }

    private static boolean fits(Point point, int unit, int allowed) {
        return point.rows() <= allowed && point.rows() % unit == 0;
    }

    /** Returns the size above where it may be better, for all that is known. */
    private int orNext(Point found, @Nullable Point before, int unit, int allowed) {
        int next = BatchSizes.atLeast(found.rows() + unit);
        if (next > allowed) {
            return found.rows();
        }
        Point above = points.get(next);
        boolean grew = before == null || before.rate() < ENOUGH * found.rate();
        boolean unsure = above == null ? grew && points.tailMap(next).isEmpty() : above.samples() < SURE;
        return unsure ? next : found.rows();
    }

    /** A call of so many rows did not fit the device's memory: for ten minutes none has as many. */
    public void lower(int rows, long nanoTime) {
        lowered = Math.max(1, BatchSizes.atMost(Math.max(1, Math.min(rows, limit(nanoTime)) - 1)));
        loweredAt = nanoTime;
    }

    /** Returns the most rows that the device's memory bears, as far as is known. */
    public int limit(long nanoTime) {
        return nanoTime - loweredAt > LOWERED_NANOS ? Integer.MAX_VALUE : lowered;
    }
}
