package dev.darkroom.diffusion;

import java.util.Arrays;
import java.util.concurrent.Executor;

/**
 * A Brownian path W over sigma, one for each number of a latent, that needs no memory: any part of it is computed from
 * the image's seed alone, so that it does not matter what was asked before, nor who shares the batch.
 *
 * <p>The path is fixed by its increments between neighbouring noise levels of the schedule, which are independent with
 * variance equal to their distance. Within such an interval it is a Brownian bridge, refined by halving (Lévy's
 * construction): given {@code W(b) - W(a)}, the increment up to {@code m} is normal with mean
 * {@code (m - a) / (b - a) * (W(b) - W(a))} and variance {@code (m - a)(b - m) / (b - a)}. Halves are equal in the
 * logarithm of sigma, where solvers put their intermediate points, so that such a point costs one draw. Every node of
 * the tree of halves has its own draw. One thread at a time.
 */
final class BrownianPath {

    /** Halvings after which the path is taken for a straight line; a 2<sup>-30</sup>th of a step's length is left. */
    private static final int DEPTH = 30;

    private static final int NODE_BITS = DEPTH + 1;

    private final NoiseAhead intervals;
    private final NoiseAhead nodes;
    private final double[] levels;
    private float[] whole = new float[0];

    /**
     * @param levels strictly falling; the last may be 0
     * @param executor draws noise ahead
     */
    BrownianPath(NoiseAhead.Source source, double[] levels, Executor executor) {
        intervals = new NoiseAhead(source, executor);
        nodes = new NoiseAhead(source, executor);
        this.levels = levels;
    }

    /**
     * Fills an array with {@code (W(from) - W(to)) / sqrt(from - to)}.
     *
     * @param from at most the highest level
     * @param to below {@code from}, at least the lowest level
     * @throws IllegalArgumentException if the levels do not hold the interval
     */
    void increment(double from, double to, float[] into) {
        int last = levels.length - 1;
        if (!(from > to) || from > levels[0] || to < levels[last]) {
            throw new IllegalArgumentException("the path is known from %s down to %s, not from %s to %s"
                    .formatted(levels[0], levels[last], from, to));
        }
        if (whole.length != into.length) {
            whole = new float[into.length];
        }
        Arrays.fill(into, 0);
        double scale = 1 / Math.sqrt(from - to);
        for (int i = 0; i < last && levels[i] > to; i++) {
            if (levels[i + 1] >= from) {
                continue;
            }
            // solvers ask twice within an interval, and not at all in the one that ends at 0
            float[] draw = intervals.draw(interval(i), hasNext(i) ? interval(i + 1) : NoiseAhead.NONE, into.length);
            LinearCombination.of(whole, Math.sqrt(levels[i] - levels[i + 1]), draw);
            add(i, Math.min(from, levels[i]), Math.max(to, levels[i + 1]), scale, into);
        }
    }

    private boolean hasNext(int interval) {
        return interval + 2 < levels.length && levels[interval + 2] > 0;
    }

    private static long interval(int interval) {
        return 1 + 2L * interval;
    }

    private static long node(int interval, long node) {
        return ((interval + 1L) << NODE_BITS) + node;
    }

    /** Adds what an interval of the schedule, whose increment is in {@link #whole}, holds between two levels. */
    private void add(int interval, double from, double to, double scale, float[] into) {
        boolean all = from == levels[interval] && to == levels[interval + 1];
        if (all) {
            LinearCombination.of(into, 1, into, scale, whole);
            return;
        }
        float[] kept = from < levels[interval] && to > levels[interval + 1] ? whole.clone() : whole;
        if (to > levels[interval + 1]) {
            // all above to; where from cuts the interval too, less what is above from
            above(interval, to, scale, into);
            if (from < levels[interval]) {
                System.arraycopy(kept, 0, whole, 0, whole.length);
                above(interval, from, -scale, into);
            }
        } else {
            LinearCombination.of(into, 1, into, scale, whole);
            above(interval, from, -scale, into);
        }
    }

    /** Adds {@code scale * (W(top of the interval) - W(level))}; uses {@link #whole} up. */
    private void above(int interval, double level, double scale, float[] into) {
        double high = levels[interval];
        double low = levels[interval + 1];
        long node = 1;
        for (int depth = 0; depth < DEPTH; depth++) {
            double middle = low > 0 ? Math.sqrt(high * low) : high / 2;
            if (!(middle > low && middle < high)) {
                break;
            }
            // a solver with a point between two levels has one in each interval
            long following = depth == 0 && hasNext(interval) ? node(interval + 1, node) : NoiseAhead.NONE;
            float[] noise = nodes.draw(node(interval, node), following, into.length);
            // whole becomes the increment of the upper half, or of the lower one once the upper is added
            double mean = (high - middle) / (high - low);
            double deviation = Math.sqrt((high - middle) * (middle - low) / (high - low));
            if (level >= middle) {
                LinearCombination.of(whole, mean, whole, deviation, noise);
                if (level == middle) {
                    LinearCombination.of(into, 1, into, scale, whole);
                    return;
                }
                low = middle;
                node = 2 * node;
            } else {
                LinearCombination.of(into, 1, into, scale * mean, whole, scale * deviation, noise);
                LinearCombination.of(whole, 1 - mean, whole, -deviation, noise);
                high = middle;
                node = 2 * node + 1;
            }
        }
        LinearCombination.of(into, 1, into, scale * (high - level) / (high - low), whole);
    }
}
