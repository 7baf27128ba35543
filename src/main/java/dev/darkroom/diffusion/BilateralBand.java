package dev.darkroom.diffusion;

import java.util.Arrays;

/**
 * Some rows of a {@link JointBilateralFilter}'s picture, with what surrounds them.
 *
 * <p>The weight of a pair is the same both ways, so that half of the pairs suffice. The JIT compiler makes vector code of
 * loops over few arrays that are all read at the loop's own index, which is why neighbours are first copied to where the
 * loop reads: that is less than a third of the time of the plain form. Keeps its arrays; one thread at a time.
 */
final class BilateralBand {

    private static final int RADIUS = 6;
    private static final double SPACE = 3;

    /** A weight is computed as a power of this. */
    private static final int POWER = 32;

    private final int height;
    private final int width;
    private final int top;
    private final int rows;
    private final int stride;
    private final int first;
    private final int end;
    private final int[] mirroredRows;
    private final int[] mirroredColumns;
    private final float[][] guide;
    private final float[][] values;
    private final float[][] sums;
    private final float[] weightSum;
    private final float[] weights;
    private final float[] weightsBehind;
    private final float[] ahead;
    private final float[] behind;

    /**
     * @param top the first of its rows
     * @param rows at least 1
     */
    BilateralBand(int channels, int height, int width, int top, int rows) {
        this.height = height;
        this.width = width;
        this.top = top;
        this.rows = rows;
        stride = width + 2 * RADIUS;
        first = RADIUS * stride + RADIUS;
        end = first + (rows - 1) * stride + width;
        mirroredRows = mirrored(height, top, rows);
        mirroredColumns = mirrored(width, 0, width);
        int plane = stride * (rows + 2 * RADIUS);
        guide = new float[channels][plane];
        values = new float[channels][plane];
        sums = new float[channels][plane];
        weightSum = new float[plane];
        weights = new float[plane];
        weightsBehind = new float[plane];
        ahead = new float[plane];
        behind = new float[plane];
    }

    /** Returns where the numbers of a part of a line are, and of those around it, some of them beyond the line's ends. */
    private static int[] mirrored(int length, int start, int count) {
        int[] indices = new int[count + 2 * RADIUS];
        int period = Math.max(1, 2 * (length - 1));
        for (int i = 0; i < indices.length; i++) {
            int wrapped = Math.floorMod(start + i - RADIUS, period);
            indices[i] = wrapped < length ? wrapped : period - wrapped;
        }
        return indices;
    }

    /**
     * Copies what it needs.
     *
     * @param picture {@code [channels, height, width]}
     * @param edges of the same shape
     * @param colours the standard deviation of the weights' fall with differences
     */
    void take(float[] picture, float[] edges, double colours) {
        // differences of the copied guide, squared, are then the exponent's
        double scale = 1 / (colours * Math.sqrt(2.0 * POWER));
        for (int c = 0; c < guide.length; c++) {
            pad(guide[c], edges, c, (float) scale);
            pad(values[c], picture, c, 1);
        }
    }

    private void pad(float[] into, float[] from, int channel, float scale) {
        for (int y = 0; y < mirroredRows.length; y++) {
            int source = (channel * height + mirroredRows[y]) * width;
            for (int x = 0; x < stride; x++) {
                into[y * stride + x] = scale * from[source + mirroredColumns[x]];
            }
        }
    }

    /** Blurs its rows of the picture. */
    void blur(float[] picture) {
        Arrays.fill(weightSum, 1);
        for (int c = 0; c < guide.length; c++) {
            System.arraycopy(values[c], 0, sums[c], 0, weights.length);
        }
        for (int y = 0; y <= RADIUS; y++) {
            for (int x = y == 0 ? 1 : -RADIUS; x <= RADIUS; x++) {
                add(y * stride + x, (float) StrictMath.exp(-(x * x + y * y) / (2 * SPACE * SPACE)));
            }
        }
        for (int c = 0; c < guide.length; c++) {
            for (int y = 0; y < rows; y++) {
                for (int x = 0; x < width; x++) {
                    int at = first + y * stride + x;
                    picture[(c * height + top + y) * width + x] = sums[c][at] / weightSum[at];
                }
            }
        }
    }

    /** Adds the two neighbours that lie an offset ahead of and behind each position. */
    private void add(int offset, float nearness) {
        int start = first - offset;
        // weights[p] is that of the pair (p, p + offset)
        for (int c = 0; c < guide.length; c++) {
            System.arraycopy(guide[c], start + offset, ahead, start, end - start);
            if (c == 0) {
                setDifferences(weights, guide[c], ahead, start, end);
            } else {
                addDifferences(weights, guide[c], ahead, start, end);
            }
        }
        toWeights(weights, nearness, start, end);
        System.arraycopy(weights, start, weightsBehind, first, end - first);
        addWeights(weightSum, weights, weightsBehind, first, end);
        for (int c = 0; c < guide.length; c++) {
            System.arraycopy(values[c], first + offset, ahead, first, end - first);
            System.arraycopy(values[c], first - offset, behind, first, end - first);
            addValues(sums[c], weights, ahead, weightsBehind, behind, first, end);
        }
    }

    private static void setDifferences(float[] into, float[] a, float[] b, int start, int end) {
        for (int i = start; i < end; i++) {
            into[i] = Math.abs(a[i] - b[i]);
        }
    }

    private static void addDifferences(float[] into, float[] a, float[] b, int start, int end) {
        for (int i = start; i < end; i++) {
            into[i] += Math.abs(a[i] - b[i]);
        }
    }

    /** Makes exp(-32 d²) of d: as (1 / exp(d²))^32 with five terms of the series, 1e-5 at most from the true value. */
    private static void toWeights(float[] values, float nearness, int start, int end) {
        for (int i = start; i < end; i++) {
            float v = values[i] * values[i];
            float e = 1 / (1 + v * (1 + v * (0.5f + v * (0.16666667f + v * 0.041666668f))));
            e *= e;
            e *= e;
            e *= e;
            e *= e;
            values[i] = nearness * (e * e);
        }
    }

    private static void addWeights(float[] sum, float[] ahead, float[] behind, int start, int end) {
        for (int i = start; i < end; i++) {
            sum[i] += ahead[i] + behind[i];
        }
    }

    private static void addValues(
            float[] sum, float[] weights, float[] values, float[] others, float[] more, int start, int end) {
        for (int i = start; i < end; i++) {
            sum[i] += weights[i] * values[i] + others[i] * more[i];
        }
    }
}
