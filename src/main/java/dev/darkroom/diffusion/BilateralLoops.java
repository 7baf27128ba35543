package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.Objects;

/**
 * The loops over a {@link BilateralTile}'s planes, in the form of which the JIT compiler makes vector code. Each is short,
 * for few arrays, and reads and writes them at its index and at constant distances from it, multiples of a vector's length.
 * Its ends are checked first, so that the compiler knows that no index overflows. Sums go on from one number, and differences
 * are taken off rather than added: where two operands of a sum are alike, such as two products, their order may differ among
 * the copies of an unrolled loop, which then don't become one vector.
 *
 * <p>An array holds the planes of up to four channels. First come those of the guide; then those of the picture or, in a
 * part's own array, of its weighted sums. There, the plane of the sum of weights follows, and the planes of a pass's weights,
 * which are in use in the array of the first four channels alone: they lie beside what they are computed from, as loops are
 * faster where all that they touch has the same place within a cache line.
 */
final class BilateralLoops {

    /** Channels that share an array. */
    static final int GROUP = 4;

    /** Rows of the window that share a pass; all but its last row do. */
    static final int STRIP = 3;

    /** Numbers from a row of a part to the next, however narrow the part. */
    static final int ROW = 32;

    /** Numbers of a plane: one channel of a part and of the rows around it. */
    static final int PLANE = (BilateralTile.MOST_ROWS + 2 * EdgePreservingBlur.RADIUS) * ROW;

    /** How far behind the guide's planes the picture's are. */
    static final int PICTURE = GROUP * PLANE;

    /** How far behind the guide's planes that of the sum of weights is. */
    static final int TOTAL = 2 * GROUP * PLANE;

    /** How far behind the guide's planes those of weights are, one for each row of a strip. */
    static final int WEIGHTS = TOTAL + PLANE;

    /** Where an array's first plane begins: loops may {@linkplain HeadStart begin before it}. */
    static final int FIRST = HeadStart.MOST + 1;

    /** The place behind a plane that no loop comes to. */
    private static final int END = FIRST + PLANE + HeadStart.LONGER;

    /** Numbers of an array of a part's neighbours. */
    static final int AROUND = wholeLines(2 * GROUP * PLANE - PLANE + END);

    /** Numbers of a part's own array. */
    static final int OWN = wholeLines(WEIGHTS + STRIP * PLANE - PLANE + END);

    /** A weight exp(-t) is computed as this power of exp(-s), s = t / 32. */
    private static final int POWER = 32;

    // exp(-s) is taken for the cubic v³ + SLOPE v + LOWEST in v = 2 UNIT (TURN - s), fitted to it so that a weight
    // is off by 1e-5 at most, by 3e-5 of itself above exp(-4) and 1e-3 at exp(-8). The cubic falls up to s = TURN,
    // where its power is 5e-17; what is beyond counts as that.
    private static final double TURN = 1.0747808;
    private static final double UNIT = 0.26844201;
    private static final float SLOPE = 0.8636505f;
    private static final float LOWEST = 0.3095127f;

    private BilateralLoops() {}

    /**
     * Returns a length, at least this one, at which an array takes a whole number of cache lines with the 16 bytes before
     * its numbers. Arrays of such lengths that are made, and moved by the garbage collector, one after the other tend to
     * begin at the same place of a line: then vectors that don't cross lines in one don't in the others.
     */
    private static int wholeLines(int numbers) {
        return (numbers + 4 + 15) / 16 * 16 - 4;
    }

    /**
     * Returns the factor of the guide that makes the square of a difference, summed over channels, its part of UNIT s.
     *
     * @param deviation of the weights' fall with differences
     */
    static float scale(double deviation) {
        return (float) (Math.sqrt(UNIT / (2 * POWER)) / deviation);
    }

    /** Returns -UNIT (TURN - s) of a neighbour without any difference; the square of one is added to it. */
    static float spatialTerm(int down, int right) {
        double space = EdgePreservingBlur.SPACE;
        return (float) (UNIT * ((down * down + right * right) / (2 * space * space * POWER) - TURN));
    }

    static void takeOffRowOfDifferences(float[] w, float[] a, float[] b, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float d0 = w[i + WEIGHTS]
                    - Math.abs(a[i] - b[i])
                    - Math.abs(a[i + PLANE] - b[i + PLANE])
                    - Math.abs(a[i + 2 * PLANE] - b[i + 2 * PLANE])
                    - Math.abs(a[i + 3 * PLANE] - b[i + 3 * PLANE]);
            w[i + WEIGHTS] = d0;
        }
    }

    /** Begins with zero, whatever was there. */
    static void beginWithDifferencesOfFirstTwo(float[] w, float[] a, float[] b, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float d0 = 0 - Math.abs(a[i] - b[i]) - Math.abs(a[i + PLANE] - b[i + PLANE]);
            float d1 = 0 - Math.abs(a[i] - b[i + ROW]) - Math.abs(a[i + PLANE] - b[i + PLANE + ROW]);
            float d2 = 0 - Math.abs(a[i] - b[i + 2 * ROW]) - Math.abs(a[i + PLANE] - b[i + PLANE + 2 * ROW]);
            w[i + WEIGHTS] = d0;
            w[i + WEIGHTS + PLANE] = d1;
            w[i + WEIGHTS + 2 * PLANE] = d2;
        }
    }

    static void takeOffDifferencesOfFirstTwo(float[] w, float[] a, float[] b, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float d0 = w[i + WEIGHTS] - Math.abs(a[i] - b[i]) - Math.abs(a[i + PLANE] - b[i + PLANE]);
            float d1 =
                    w[i + WEIGHTS + PLANE] - Math.abs(a[i] - b[i + ROW]) - Math.abs(a[i + PLANE] - b[i + PLANE + ROW]);
            float d2 = w[i + WEIGHTS + 2 * PLANE]
                    - Math.abs(a[i] - b[i + 2 * ROW])
                    - Math.abs(a[i + PLANE] - b[i + PLANE + 2 * ROW]);
            w[i + WEIGHTS] = d0;
            w[i + WEIGHTS + PLANE] = d1;
            w[i + WEIGHTS + 2 * PLANE] = d2;
        }
    }

    static void takeOffDifferencesOfLastTwo(float[] w, float[] a, float[] b, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float d0 = w[i + WEIGHTS]
                    - Math.abs(a[i + 2 * PLANE] - b[i + 2 * PLANE])
                    - Math.abs(a[i + 3 * PLANE] - b[i + 3 * PLANE]);
            float d1 = w[i + WEIGHTS + PLANE]
                    - Math.abs(a[i + 2 * PLANE] - b[i + 2 * PLANE + ROW])
                    - Math.abs(a[i + 3 * PLANE] - b[i + 3 * PLANE + ROW]);
            float d2 = w[i + WEIGHTS + 2 * PLANE]
                    - Math.abs(a[i + 2 * PLANE] - b[i + 2 * PLANE + 2 * ROW])
                    - Math.abs(a[i + 3 * PLANE] - b[i + 3 * PLANE + 2 * ROW]);
            w[i + WEIGHTS] = d0;
            w[i + WEIGHTS + PLANE] = d1;
            w[i + WEIGHTS + 2 * PLANE] = d2;
        }
    }

    /** Makes weights of differences, whose sign does not matter. */
    static void toWeights(float[] values, float spatialTerm, int from, int to) {
        int first = Objects.checkIndex(from, OWN);
        int end = Objects.checkIndex(to, OWN + 1);
        for (int i = first; i < end; i++) {
            float pastTurn = MultiplyAdd.of(values[i], values[i], spatialTerm);
            float v = Math.abs(pastTurn) - pastTurn;
            float e = MultiplyAdd.of(v, MultiplyAdd.of(v, v, SLOPE), LOWEST);
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            values[i] = e * e;
        }
    }

    static void addRow(float[] own, float[] w, float[] values, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float w0 = w[i + WEIGHTS];
            float total = own[i + TOTAL] + w0;
            float sum0 = MultiplyAdd.of(w0, values[i + PICTURE], own[i + PICTURE]);
            float sum1 = MultiplyAdd.of(w0, values[i + PICTURE + PLANE], own[i + PICTURE + PLANE]);
            float sum2 = MultiplyAdd.of(w0, values[i + PICTURE + 2 * PLANE], own[i + PICTURE + 2 * PLANE]);
            float sum3 = MultiplyAdd.of(w0, values[i + PICTURE + 3 * PLANE], own[i + PICTURE + 3 * PLANE]);
            own[i + TOTAL] = total;
            own[i + PICTURE] = sum0;
            own[i + PICTURE + PLANE] = sum1;
            own[i + PICTURE + 2 * PLANE] = sum2;
            own[i + PICTURE + 3 * PLANE] = sum3;
        }
    }

    static void addTotalAndFirstTwo(float[] own, float[] w, float[] values, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float w0 = w[i + WEIGHTS];
            float w1 = w[i + WEIGHTS + PLANE];
            float w2 = w[i + WEIGHTS + 2 * PLANE];
            float total = own[i + TOTAL] + w0 + w1 + w2;
            float sum0 = MultiplyAdd.of(w0, values[i + PICTURE], own[i + PICTURE]);
            sum0 = MultiplyAdd.of(w1, values[i + PICTURE + ROW], sum0);
            sum0 = MultiplyAdd.of(w2, values[i + PICTURE + 2 * ROW], sum0);
            float sum1 = MultiplyAdd.of(w0, values[i + PICTURE + PLANE], own[i + PICTURE + PLANE]);
            sum1 = MultiplyAdd.of(w1, values[i + PICTURE + PLANE + ROW], sum1);
            sum1 = MultiplyAdd.of(w2, values[i + PICTURE + PLANE + 2 * ROW], sum1);
            own[i + TOTAL] = total;
            own[i + PICTURE] = sum0;
            own[i + PICTURE + PLANE] = sum1;
        }
    }

    static void addLastTwo(float[] own, float[] w, float[] values, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float w0 = w[i + WEIGHTS];
            float w1 = w[i + WEIGHTS + PLANE];
            float w2 = w[i + WEIGHTS + 2 * PLANE];
            float sum2 = MultiplyAdd.of(w0, values[i + PICTURE + 2 * PLANE], own[i + PICTURE + 2 * PLANE]);
            sum2 = MultiplyAdd.of(w1, values[i + PICTURE + 2 * PLANE + ROW], sum2);
            sum2 = MultiplyAdd.of(w2, values[i + PICTURE + 2 * PLANE + 2 * ROW], sum2);
            float sum3 = MultiplyAdd.of(w0, values[i + PICTURE + 3 * PLANE], own[i + PICTURE + 3 * PLANE]);
            sum3 = MultiplyAdd.of(w1, values[i + PICTURE + 3 * PLANE + ROW], sum3);
            sum3 = MultiplyAdd.of(w2, values[i + PICTURE + 3 * PLANE + 2 * ROW], sum3);
            own[i + PICTURE + 2 * PLANE] = sum2;
            own[i + PICTURE + 3 * PLANE] = sum3;
        }
    }

    static void divide(float[] own, int from, int to) {
        int first = Objects.checkIndex(from, END);
        int end = Objects.checkIndex(to, END + 1);
        for (int i = first; i < end; i++) {
            float total = own[i + TOTAL];
            own[i + PICTURE] /= total;
            own[i + PICTURE + PLANE] /= total;
            own[i + PICTURE + 2 * PLANE] /= total;
            own[i + PICTURE + 3 * PLANE] /= total;
        }
    }
}
