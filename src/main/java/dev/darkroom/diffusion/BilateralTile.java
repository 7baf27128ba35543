package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.Arrays;
import java.util.Objects;

/**
 * Blurs parts of a {@link JointBilateralFilter}'s picture, one after the other. A part is laid out thirteen times with the
 * rows around it, moved by -6 to 6 columns, and itself moved over those a row at a time. So a position and its neighbour
 * always have the same index, and a row of the window is thirteen passes over the part.
 *
 * <p>That is what the JIT compiler makes vector code of: short loops over few arrays, which are read at the loop's index and
 * whole planes further on. Its ends are checked first, so that the compiler knows that no index overflows. Keeps
 * its arrays, 1.3 MB for each four channels; one thread at a time.
 */
final class BilateralTile {

    static final int MOST_ROWS = 32;
    static final int MOST_COLUMNS = 64;

    private static final int RADIUS = EdgePreservingBlur.RADIUS;
    private static final int SHIFTS = EdgePreservingBlur.SHIFTS;

    /** Channels that share an array. */
    private static final int GROUP = 4;

    /** Numbers of a plane: one channel of a part and of the rows around it. */
    private static final int PLANE = (MOST_ROWS + 2 * RADIUS) * MOST_COLUMNS;

    /** A weight exp(-t) is computed as this power of exp(-s), s = t / 32. */
    private static final int POWER = 32;

    // exp(-s) is taken for the cubic v³ + SLOPE v + LOWEST in v = 2 UNIT (TURN - s), fitted to it so that a weight
    // is off by 1e-5 at most, by 3e-5 of itself above exp(-4) and 1e-3 at exp(-8). The cubic falls up to s = TURN,
    // where its power is 5e-17; what is beyond counts as that.
    private static final double TURN = 1.0747808;
    private static final double UNIT = 0.26844201;
    private static final float SLOPE = 0.8636505f;
    private static final float LOWEST = 0.3095127f;

    private final int channels;
    private final int height;
    private final int width;
    private final int[] mirroredColumns = new int[MOST_COLUMNS + 2 * RADIUS];
    private final float[] padded = new float[MOST_COLUMNS + 2 * RADIUS];

    /** Of each shift and group, planes of the guide's channels, then of the picture's. */
    private final float[][][] around;

    /** Of each group, planes of the part's own guide, then of weighted sums, then the sum of weights. */
    private final float[][] own;

    private final float[] weights = new float[PLANE];
    private final float[] others = new float[PLANE];

    BilateralTile(int channels, int height, int width) {
        this.channels = channels;
        this.height = height;
        this.width = width;
        int groups = (channels + GROUP - 1) / GROUP;
        around = new float[SHIFTS][groups][2 * GROUP * PLANE];
        own = new float[groups][(2 * GROUP + 1) * PLANE];
    }

    /**
     * A part of the picture.
     *
     * @param top the first of its rows
     * @param rows from 1 to {@link #MOST_ROWS}
     * @param left the first of its columns
     * @param columns from 1 to {@link #MOST_COLUMNS}
     */
    record Part(int top, int rows, int left, int columns) {

        int size() {
            return rows * columns;
        }
    }

    /**
     * Blurs a part.
     *
     * @param picture {@code [channels, height, width]}
     * @param edges of the same shape
     * @param colours the standard deviation of the weights' fall with differences
     * @param blurred of the picture's shape; the part of it is written
     */
    void blur(float[] picture, float[] edges, double colours, Part part, float[] blurred) {
        // differences of the scaled guide, squared, are then the exponent's
        layOut(picture, edges, (float) (Math.sqrt(UNIT / (2.0 * POWER)) / colours), part);
        begin(part);
        for (int row = SHIFTS - 1; row >= 0; row--) {
            if (row < SHIFTS - 1) {
                moveUp(row * part.columns(), part);
            }
            addRow(row, part);
        }
        divide(part, blurred);
    }

    private void layOut(float[] picture, float[] edges, float scale, Part part) {
        for (int i = 0; i < part.columns() + 2 * RADIUS; i++) {
            mirroredColumns[i] = EdgePreservingBlur.mirrored(part.left() + i - RADIUS, width);
        }
        for (int c = 0; c < channels; c++) {
            int group = c / GROUP;
            int plane = c % GROUP * PLANE;
            for (int y = 0; y < part.rows() + 2 * RADIUS; y++) {
                int row = EdgePreservingBlur.mirrored(part.top() + y - RADIUS, height);
                int start = (c * height + row) * width;
                int at = plane + y * part.columns();
                layOut(edges, start, scale, group, at, part.columns());
                layOut(picture, start, 1, group, at + GROUP * PLANE, part.columns());
            }
        }
    }

    private void layOut(float[] from, int start, float scale, int group, int at, int columns) {
        for (int i = 0; i < columns + 2 * RADIUS; i++) {
            padded[i] = scale * from[start + mirroredColumns[i]];
        }
        for (int shift = 0; shift < SHIFTS; shift++) {
            System.arraycopy(padded, shift, around[shift][group], at, columns);
        }
    }

    /** Puts the part to its neighbours in the window's last row, and clears the sums. */
    private void begin(Part part) {
        int at = (SHIFTS - 1) * part.columns();
        int middle = RADIUS * part.columns();
        for (int group = 0; group < own.length; group++) {
            Arrays.fill(own[group], GROUP * PLANE, own[group].length, 0);
            for (int plane = 0; plane < GROUP * PLANE; plane += PLANE) {
                System.arraycopy(around[RADIUS][group], plane + middle, own[group], plane + at, part.size());
            }
        }
    }

    private void moveUp(int to, Part part) {
        int from = to + part.columns();
        for (float[] planes : own) {
            for (int plane = 0; plane < planes.length; plane += PLANE) {
                System.arraycopy(planes, plane + from, planes, plane + to, part.size());
            }
        }
    }

    /** Adds the neighbours in a row of the window, two at a time: as far to the left as to the right. */
    private void addRow(int row, Part part) {
        int from = row * part.columns();
        int to = from + part.size();
        weigh(around[RADIUS], near(row - RADIUS, 0), weights, from, to);
        Arrays.fill(others, from, to, 0);
        add(around[RADIUS], around[RADIUS], from, to);
        for (int right = 1; right <= RADIUS; right++) {
            float near = near(row - RADIUS, right);
            weigh(around[RADIUS - right], near, weights, from, to);
            weigh(around[RADIUS + right], near, others, from, to);
            add(around[RADIUS - right], around[RADIUS + right], from, to);
        }
    }

    /** Returns UNIT (TURN - s) of a neighbour without any difference; what there is of it, squared, is taken off. */
    private static float near(int down, int right) {
        double space = EdgePreservingBlur.SPACE;
        return (float) (UNIT * (TURN - (down * down + right * right) / (2 * space * space * POWER)));
    }

    private void weigh(float[][] neighbours, float near, float[] into, int from, int to) {
        setDifferences(into, own[0], neighbours[0], from, to);
        for (int group = 1; group < own.length; group++) {
            addDifferences(into, own[group], neighbours[group], from, to);
        }
        toWeights(into, near, from, to);
    }

    private void add(float[][] neighbours, float[][] otherNeighbours, int from, int to) {
        for (int group = 0; group < own.length; group++) {
            addWeightsAndTwo(own[group], weights, neighbours[group], others, otherNeighbours[group], from, to);
            addOtherTwo(own[group], weights, neighbours[group], others, otherNeighbours[group], from, to);
        }
    }

    private void divide(Part part, float[] blurred) {
        for (int c = 0; c < channels; c++) {
            float[] sums = own[c / GROUP];
            int plane = (GROUP + c % GROUP) * PLANE;
            int weightPlane = 2 * GROUP * PLANE;
            for (int y = 0; y < part.rows(); y++) {
                int line = y * part.columns();
                int at = (c * height + part.top() + y) * width + part.left();
                for (int x = 0; x < part.columns(); x++) {
                    blurred[at + x] = sums[plane + line + x] / sums[weightPlane + line + x];
                }
            }
        }
    }

    private static void setDifferences(float[] into, float[] a, float[] b, int from, int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE + 1);
        for (int i = first; i < end; i++) {
            into[i] = Math.abs(a[i] - b[i])
                    + Math.abs(a[i + PLANE] - b[i + PLANE])
                    + Math.abs(a[i + 2 * PLANE] - b[i + 2 * PLANE])
                    + Math.abs(a[i + 3 * PLANE] - b[i + 3 * PLANE]);
        }
    }

    private static void addDifferences(float[] into, float[] a, float[] b, int from, int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE + 1);
        for (int i = first; i < end; i++) {
            into[i] += Math.abs(a[i] - b[i])
                    + Math.abs(a[i + PLANE] - b[i + PLANE])
                    + Math.abs(a[i + 2 * PLANE] - b[i + 2 * PLANE])
                    + Math.abs(a[i + 3 * PLANE] - b[i + 3 * PLANE]);
        }
    }

    /** Makes weights of scaled differences. */
    private static void toWeights(float[] values, float near, int from, int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE + 1);
        for (int i = first; i < end; i++) {
            float left = near - values[i] * values[i];
            float v = left + Math.abs(left);
            float e = LOWEST + v * (SLOPE + v * v);
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            values[i] = e * e;
        }
    }

    private static void addWeightsAndTwo(
            float[] own, float[] w, float[] values, float[] x, float[] more, int from, int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE + 1);
        for (int i = first; i < end; i++) {
            own[i + 8 * PLANE] += w[i] + x[i];
            own[i + 4 * PLANE] += w[i] * values[i + 4 * PLANE] + x[i] * more[i + 4 * PLANE];
            own[i + 5 * PLANE] += w[i] * values[i + 5 * PLANE] + x[i] * more[i + 5 * PLANE];
        }
    }

    private static void addOtherTwo(float[] own, float[] w, float[] values, float[] x, float[] more, int from, int to) {
        int first = Objects.checkIndex(from, PLANE);
        int end = Objects.checkIndex(to, PLANE + 1);
        for (int i = first; i < end; i++) {
            own[i + 6 * PLANE] += w[i] * values[i + 6 * PLANE] + x[i] * more[i + 6 * PLANE];
            own[i + 7 * PLANE] += w[i] * values[i + 7 * PLANE] + x[i] * more[i + 7 * PLANE];
        }
    }
}
