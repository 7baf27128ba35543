package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.Arrays;

/**
 * A part of a {@link JointBilateralFilter}'s picture, blurred row by row. A row is laid out as a line: itself, moved by
 * -6 to 6 positions, thirteen times side by side. The row's line and a neighbour's then hold all of their pairs at the
 * same indices.
 *
 * <p>That is what the JIT compiler makes vector code of: loops over few arrays that are all read at the loop's own index.
 * Lines of the 13 rows around are kept, so that each is laid out once. Keeps its arrays; one thread at a time.
 */
final class BilateralTile {

    private static final int RADIUS = EdgePreservingBlur.RADIUS;
    private static final int SHIFTS = EdgePreservingBlur.SHIFTS;

    /** A weight is computed as a power of this. */
    private static final int POWER = 32;

    private final int height;
    private final int width;
    private final int top;
    private final int rows;
    private final int left;
    private final int columns;
    private final int[] mirroredColumns;
    private final float[] padded;
    private final float[][] nearness;
    private final float[][] centre;
    private final float[][][] guide;
    private final float[][][] values;
    private final float[][] sums;
    private final float[] weightSum;
    private final float[] weights;
    private final float[] others;
    private final float[] blurred;

    /**
     * @param top the first of its rows
     * @param rows at least 1
     * @param left the first of its columns
     * @param columns at least 1
     */
    BilateralTile(int channels, int height, int width, int top, int rows, int left, int columns) {
        this.height = height;
        this.width = width;
        this.top = top;
        this.rows = rows;
        this.left = left;
        this.columns = columns;
        mirroredColumns = new int[columns + 2 * RADIUS];
        Arrays.setAll(mirroredColumns, i -> EdgePreservingBlur.mirrored(left + i - RADIUS, width));
        padded = new float[columns + 2 * RADIUS];
        int line = SHIFTS * columns;
        nearness = new float[RADIUS + 1][line];
        for (int y = 0; y <= RADIUS; y++) {
            for (int shift = 0; shift < SHIFTS; shift++) {
                int x = shift - RADIUS;
                float near = (float)
                        StrictMath.exp(-(x * x + y * y) / (2 * EdgePreservingBlur.SPACE * EdgePreservingBlur.SPACE));
                Arrays.fill(nearness[y], shift * columns, (shift + 1) * columns, near);
            }
        }
        centre = new float[channels][line];
        guide = new float[SHIFTS][channels][line];
        values = new float[SHIFTS][channels][line];
        sums = new float[channels][line];
        weightSum = new float[line];
        weights = new float[line];
        others = new float[line];
        blurred = new float[channels * rows * columns];
    }

    /**
     * Blurs its part, and keeps the result to itself.
     *
     * @param picture {@code [channels, height, width]}
     * @param edges of the same shape
     * @param colours the standard deviation of the weights' fall with differences
     */
    void blur(float[] picture, float[] edges, double colours) {
        // differences of the scaled guide, squared, are then the exponent's
        float scale = (float) (1 / (colours * Math.sqrt(2.0 * POWER)));
        for (int y = -RADIUS; y < RADIUS; y++) {
            layOut(y, picture, edges, scale);
        }
        for (int y = 0; y < rows; y++) {
            layOut(y + RADIUS, picture, edges, scale);
            blurRow(y);
        }
    }

    /** Makes lines of a row, which may lie outside of the part, or of the picture. */
    private void layOut(int y, float[] picture, float[] edges, float scale) {
        int slot = Math.floorMod(y, SHIFTS);
        int row = EdgePreservingBlur.mirrored(top + y, height);
        for (int c = 0; c < sums.length; c++) {
            int start = (c * height + row) * width;
            layOut(edges, start, scale, guide[slot][c]);
            layOut(picture, start, 1, values[slot][c]);
        }
    }

    private void layOut(float[] from, int start, float scale, float[] line) {
        for (int i = 0; i < padded.length; i++) {
            padded[i] = scale * from[start + mirroredColumns[i]];
        }
        for (int shift = 0; shift < SHIFTS; shift++) {
            System.arraycopy(padded, shift, line, shift * columns, columns);
        }
    }

    private void blurRow(int y) {
        int slot = y % SHIFTS;
        for (int c = 0; c < sums.length; c++) {
            for (int shift = 0; shift < SHIFTS; shift++) {
                System.arraycopy(guide[slot][c], RADIUS * columns, centre[c], shift * columns, columns);
            }
        }
        weigh(guide[slot], nearness[0], weights);
        System.arraycopy(weights, 0, weightSum, 0, weights.length);
        for (int c = 0; c < sums.length; c++) {
            multiply(sums[c], weights, values[slot][c]);
        }
        for (int distance = 1; distance <= RADIUS; distance++) {
            int above = Math.floorMod(y - distance, SHIFTS);
            int below = (y + distance) % SHIFTS;
            weigh(guide[above], nearness[distance], weights);
            weigh(guide[below], nearness[distance], others);
            addWeights(weightSum, weights, others);
            for (int c = 0; c < sums.length; c++) {
                addValues(sums[c], weights, values[above][c], others, values[below][c]);
            }
        }
        fold(weightSum);
        for (int c = 0; c < sums.length; c++) {
            fold(sums[c]);
            int at = (c * rows + y) * columns;
            for (int x = 0; x < columns; x++) {
                blurred[at + x] = sums[c][x] / weightSum[x];
            }
        }
    }

    /** Adds the thirteen pieces of a line up, in the place of the first. */
    private void fold(float[] line) {
        for (int count = SHIFTS; count > 1; ) {
            int kept = (count + 1) / 2;
            int length = (count - kept) * columns;
            System.arraycopy(line, kept * columns, others, 0, length);
            add(line, others, length);
            count = kept;
        }
    }

    /** Copies the result into the picture. */
    void give(float[] picture) {
        for (int c = 0; c < sums.length; c++) {
            for (int y = 0; y < rows; y++) {
                System.arraycopy(
                        blurred, (c * rows + y) * columns, picture, (c * height + top + y) * width + left, columns);
            }
        }
    }

    private void weigh(float[][] neighbours, float[] near, float[] into) {
        setDifferences(into, centre[0], neighbours[0]);
        for (int c = 1; c < neighbours.length; c++) {
            addDifferences(into, centre[c], neighbours[c]);
        }
        toWeights(into, near);
    }

    private static void setDifferences(float[] into, float[] a, float[] b) {
        for (int i = 0; i < into.length; i++) {
            into[i] = Math.abs(a[i] - b[i]);
        }
    }

    private static void addDifferences(float[] into, float[] a, float[] b) {
        for (int i = 0; i < into.length; i++) {
            into[i] += Math.abs(a[i] - b[i]);
        }
    }

    /** Makes exp(-32 d²) of d: as (1 / exp(d²))^32 with five terms of the series, 1e-5 at most from the true value. */
    private static void toWeights(float[] values, float[] near) {
        for (int i = 0; i < values.length; i++) {
            float v = values[i] * values[i];
            float e = 1 / (1 + v * (1 + v * (0.5f + v * (0.16666667f + v * 0.041666668f))));
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            values[i] = near[i] * (e * e);
        }
    }

    private static void addWeights(float[] sum, float[] a, float[] b) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += a[i] + b[i];
        }
    }

    private static void add(float[] sum, float[] more, int length) {
        for (int i = 0; i < length; i++) {
            sum[i] += more[i];
        }
    }

    private static void multiply(float[] sum, float[] weights, float[] values) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] = weights[i] * values[i];
        }
    }

    private static void addValues(float[] sum, float[] weights, float[] values, float[] others, float[] more) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weights[i] * values[i] + others[i] * more[i];
        }
    }
}
