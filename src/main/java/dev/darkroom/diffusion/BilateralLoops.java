package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * The loops over a {@link BilateralTile}'s planes, in the form of which the JIT compiler makes vector code. Each is short,
 * and reads and writes arrays at its index and at constant distances from it, multiples of a vector's length. Its ends are
 * checked first, so that the compiler knows that no index overflows. Sums go on from one number, and differences are taken
 * off rather than added: where two operands of a sum are alike, such as two products, their order may differ among the
 * copies of an unrolled loop, which then don't become one vector. No test tells whether they do, but the benchmark of the
 * blur: scalar code takes five times as long.
 *
 * <p>Arrays and buffers hold the planes of up to four channels. A part's own array begins with those of weighted sums; then
 * come the plane of the sum of weights, and three of weights, which are in use in the array of the first four channels
 * alone: one array, so that all that a loop touches in it has the same place within a cache line. Buffers hold neighbours,
 * {@link #SKEW} numbers behind the index: Java 17's compiler puts vectors of an array and of a buffer into one loop only if
 * it takes both for equally far from a vector's place, and an array's numbers begin 16 bytes behind its own place.
 *
 * <p>Where loops begin and end is told in positions of a plane, the end not included; for weights, in numbers from the first
 * plane of weights on.
 */
final class BilateralLoops {

    /** Channels that share an array. */
    static final int GROUP = 4;

    /** Neighbours that share a pass. */
    static final int NEIGHBOURS = 3;

    /**
     * Numbers of a plane: one channel of a part and of what is around it, and some that no row needs. Without them planes
     * would be whole pages apart, but for a line, and processors look at an address's place in its page first to tell
     * whether a read has to wait for a write.
     */
    static final int PLANE = (BilateralTile.MOST_ROWS + 2 * EdgePreservingBlur.RADIUS)
                    * (BilateralTile.MOST_COLUMNS + 2 * EdgePreservingBlur.RADIUS)
            + 256;

    /** Where the plane of the sum of weights begins, behind those of weighted sums. */
    static final int TOTAL = GROUP * PLANE;

    /** Where the planes of weights begin, one for each neighbour of a pass. */
    static final int WEIGHTS = TOTAL + PLANE;

    private static final int WEIGHT_NUMBERS = NEIGHBOURS * PLANE;

    /** Numbers of a part's own array. */
    static final int OWN = WEIGHTS + WEIGHT_NUMBERS;

    /** How far behind an array's index a buffer's is. */
    static final int SKEW = 16 / Float.BYTES;

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

    /**
     * Computes weights of neighbours in four channels.
     *
     * @param guide from as many planes before its begin on as there are planes of weights before the one to write
     * @param neighbours likewise, with a position's neighbour at its index
     */
    static void weigh(float[] own, FloatBuffer guide, FloatBuffer neighbours, float spatialTerm, int from, int to) {
        int first = Objects.checkIndex(from, WEIGHT_NUMBERS);
        int end = Objects.checkIndex(to, WEIGHT_NUMBERS);
        for (int i = first; i < end; i++) {
            int j = i + SKEW;
            float difference = 0
                    - Math.abs(guide.get(j) - neighbours.get(j))
                    - Math.abs(guide.get(j + PLANE) - neighbours.get(j + PLANE))
                    - Math.abs(guide.get(j + 2 * PLANE) - neighbours.get(j + 2 * PLANE))
                    - Math.abs(guide.get(j + 3 * PLANE) - neighbours.get(j + 3 * PLANE));
            own[i + WEIGHTS] = weight(difference, spatialTerm);
        }
    }

    /** Takes differences in four channels off what is where the weights belong. */
    static void takeOffDifferences(float[] own, FloatBuffer guide, FloatBuffer neighbours, int from, int to) {
        int first = Objects.checkIndex(from, WEIGHT_NUMBERS);
        int end = Objects.checkIndex(to, WEIGHT_NUMBERS);
        for (int i = first; i < end; i++) {
            int j = i + SKEW;
            own[i + WEIGHTS] = own[i + WEIGHTS]
                    - Math.abs(guide.get(j) - neighbours.get(j))
                    - Math.abs(guide.get(j + PLANE) - neighbours.get(j + PLANE))
                    - Math.abs(guide.get(j + 2 * PLANE) - neighbours.get(j + 2 * PLANE))
                    - Math.abs(guide.get(j + 3 * PLANE) - neighbours.get(j + 3 * PLANE));
        }
    }

    /** Makes weights of differences. */
    static void toWeights(float[] own, float spatialTerm, int from, int to) {
        int first = Objects.checkIndex(from, WEIGHT_NUMBERS);
        int end = Objects.checkIndex(to, WEIGHT_NUMBERS);
        for (int i = first; i < end; i++) {
            own[i + WEIGHTS] = weight(own[i + WEIGHTS], spatialTerm);
        }
    }

    /** @param difference whose sign does not matter */
    static float weight(float difference, float spatialTerm) {
        float pastTurn = MultiplyAdd.of(difference, difference, spatialTerm);
        float v = Math.abs(pastTurn) - pastTurn;
        float e = MultiplyAdd.of(v, MultiplyAdd.of(v, v, SLOPE), LOWEST);
        e *= e;
        e *= e;
        e *= e;
        e *= e;
        return e * e;
    }

    /** Begins with the positions themselves, which have the same weight all over. */
    static void begin(float[] own, FloatBuffer picture, float weight, int from, int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE);
        for (int i = first; i < end; i++) {
            int j = i + SKEW;
            own[i + TOTAL] = weight;
            own[i] = weight * picture.get(j);
            own[i + PLANE] = weight * picture.get(j + PLANE);
            own[i + 2 * PLANE] = weight * picture.get(j + 2 * PLANE);
            own[i + 3 * PLANE] = weight * picture.get(j + 3 * PLANE);
        }
    }

    /** Adds three neighbours' weights to their sum, and their first two channels to the weighted sums. */
    static void addTotalAndFirstTwo(
            float[] own,
            float[] weights,
            FloatBuffer picture0,
            FloatBuffer picture1,
            FloatBuffer picture2,
            int from,
            int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE);
        for (int i = first; i < end; i++) {
            int j = i + SKEW;
            float weight0 = weights[i + WEIGHTS];
            float weight1 = weights[i + WEIGHTS + PLANE];
            float weight2 = weights[i + WEIGHTS + 2 * PLANE];
            float total = own[i + TOTAL] + weight0 + weight1 + weight2;
            float sum0 = MultiplyAdd.of(weight0, picture0.get(j), own[i]);
            sum0 = MultiplyAdd.of(weight1, picture1.get(j), sum0);
            sum0 = MultiplyAdd.of(weight2, picture2.get(j), sum0);
            float sum1 = MultiplyAdd.of(weight0, picture0.get(j + PLANE), own[i + PLANE]);
            sum1 = MultiplyAdd.of(weight1, picture1.get(j + PLANE), sum1);
            sum1 = MultiplyAdd.of(weight2, picture2.get(j + PLANE), sum1);
            own[i + TOTAL] = total;
            own[i] = sum0;
            own[i + PLANE] = sum1;
        }
    }

    /** Adds three neighbours' last two channels to the weighted sums. */
    static void addLastTwo(
            float[] own,
            float[] weights,
            FloatBuffer picture0,
            FloatBuffer picture1,
            FloatBuffer picture2,
            int from,
            int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE);
        for (int i = first; i < end; i++) {
            int third = i + SKEW + 2 * PLANE;
            int fourth = i + SKEW + 3 * PLANE;
            float weight0 = weights[i + WEIGHTS];
            float weight1 = weights[i + WEIGHTS + PLANE];
            float weight2 = weights[i + WEIGHTS + 2 * PLANE];
            float sum2 = MultiplyAdd.of(weight0, picture0.get(third), own[i + 2 * PLANE]);
            sum2 = MultiplyAdd.of(weight1, picture1.get(third), sum2);
            sum2 = MultiplyAdd.of(weight2, picture2.get(third), sum2);
            float sum3 = MultiplyAdd.of(weight0, picture0.get(fourth), own[i + 3 * PLANE]);
            sum3 = MultiplyAdd.of(weight1, picture1.get(fourth), sum3);
            sum3 = MultiplyAdd.of(weight2, picture2.get(fourth), sum3);
            own[i + 2 * PLANE] = sum2;
            own[i + 3 * PLANE] = sum3;
        }
    }

    /** Makes means of the weighted sums. */
    static void divide(float[] own, int from, int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE);
        for (int i = first; i < end; i++) {
            float total = own[i + TOTAL];
            own[i] /= total;
            own[i + PLANE] /= total;
            own[i + 2 * PLANE] /= total;
            own[i + 3 * PLANE] /= total;
        }
    }
}
