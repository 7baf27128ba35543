package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.Arrays;

/**
 * Blurs parts of a {@link JointBilateralFilter}'s picture, one after the other. A part is laid out thirteen times with the
 * rows around it, moved by -6 to 6 columns, and itself moved over those, three rows at a time. So a position and its
 * neighbour have the same index or are one or two rows apart, and three rows of the window are thirteen passes over the
 * part, of which each is a few {@linkplain BilateralLoops loops}. Three, because fetching the neighbours is what takes the
 * time: what a pass has fetched for one row is still in the processor's first cache for the next two.
 *
 * <p>Rows are always {@value #MOST_COLUMNS} numbers apart. Right of a narrower part is what earlier ones left behind: it is
 * computed with, which takes as long, and never read. The same goes for the few numbers before and behind the part that loops
 * take for the sake of a {@linkplain HeadStart head start}: none of them is the part's, in its own plane or the next.
 *
 * <p>Keeps its arrays, 0.65 MB for each four channels; one thread at a time.
 */
final class BilateralTile {

    static final int MOST_ROWS = 32;
    static final int MOST_COLUMNS = BilateralLoops.ROW;

    private static final int RADIUS = EdgePreservingBlur.RADIUS;
    private static final int SHIFTS = EdgePreservingBlur.SHIFTS;
    private static final int STRIP = BilateralLoops.STRIP;
    private static final int GROUP = BilateralLoops.GROUP;
    private static final int ROW = BilateralLoops.ROW;
    private static final int PLANE = BilateralLoops.PLANE;
    private static final int FIRST = BilateralLoops.FIRST;
    private static final int PICTURE = BilateralLoops.PICTURE;
    private static final int WEIGHTS = BilateralLoops.WEIGHTS;

    private final int channels;
    private final int height;
    private final int width;
    private final int[] mirroredColumns = new int[MOST_COLUMNS + 2 * RADIUS];
    private final float[] padded = new float[MOST_COLUMNS + 2 * RADIUS];

    private final HeadStart headStart;

    /** Of each row of a plane, what follows to its right. */
    private final float[] beyond = new float[(MOST_ROWS + 2 * RADIUS) * 2 * RADIUS];

    /** Of each shift and group, planes of the guide's channels, then of the picture's. */
    private final float[][][] around;

    /** Of each group, planes of the part's own guide, then of weighted sums, then the sum of weights, then weights. */
    private final float[][] own;

    BilateralTile(int channels, int height, int width, HeadStart headStart) {
        this.headStart = headStart;
        this.channels = channels;
        this.height = height;
        this.width = width;
        int groups = (channels + GROUP - 1) / GROUP;
        own = new float[groups][];
        around = new float[SHIFTS][groups][];
        for (int group = 0; group < groups; group++) {
            own[group] = new float[BilateralLoops.OWN];
            for (int shift = 0; shift < SHIFTS; shift++) {
                around[shift][group] = new float[BilateralLoops.AROUND];
            }
        }
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
            return rows * ROW;
        }
    }

    /**
     * Blurs a part.
     *
     * @param picture {@code [channels, height, width]}
     * @param edges of the same shape, {@linkplain BilateralLoops#scale(double) scaled}
     * @param blurred of the picture's shape; the part of it is written
     */
    void blur(float[] picture, float[] edges, Part part, float[] blurred) {
        headStart.startPart();
        layOut(picture, edges, part);
        begin(part);
        addLastRow(part);
        for (int row = SHIFTS - 1 - STRIP; row >= 0; row -= STRIP) {
            moveUp(FIRST + row * ROW, part);
            addStrip(row, part);
        }
        divide(part, blurred);
    }

    private void layOut(float[] picture, float[] edges, Part part) {
        for (int i = 0; i < part.columns() + 2 * RADIUS; i++) {
            mirroredColumns[i] = EdgePreservingBlur.mirrored(part.left() + i - RADIUS, width);
        }
        for (int c = 0; c < channels; c++) {
            int plane = FIRST + c % GROUP * PLANE;
            layOut(edges, c, plane, part);
            layOut(picture, c, plane + PICTURE, part);
        }
    }

    /** Each shift is the one before, moved by a number, but for the last column. */
    private void layOut(float[] from, int channel, int plane, Part part) {
        int group = channel / GROUP;
        int rows = part.rows() + 2 * RADIUS;
        int last = plane + part.columns() - 1;
        layOutFirst(from, channel, around[0][group], plane, part);
        for (int shift = 1; shift < SHIFTS; shift++) {
            float[] moved = around[shift][group];
            System.arraycopy(around[shift - 1][group], plane + 1, moved, plane, rows * ROW - 1);
            for (int y = 0; y < rows; y++) {
                moved[last + y * ROW] = beyond[y * 2 * RADIUS + shift - 1];
            }
        }
    }

    private void layOutFirst(float[] from, int channel, float[] first, int plane, Part part) {
        int columns = part.columns() + 2 * RADIUS;
        int inside = Math.max(0, RADIUS - part.left());
        int beyondWidth = Math.min(columns, width + RADIUS - part.left());
        for (int y = 0; y < part.rows() + 2 * RADIUS; y++) {
            int row = EdgePreservingBlur.mirrored(part.top() + y - RADIUS, height);
            int start = (channel * height + row) * width;
            for (int i = 0; i < inside; i++) {
                padded[i] = from[start + mirroredColumns[i]];
            }
            System.arraycopy(from, start + part.left() + inside - RADIUS, padded, inside, beyondWidth - inside);
            for (int i = beyondWidth; i < columns; i++) {
                padded[i] = from[start + mirroredColumns[i]];
            }
            System.arraycopy(padded, 0, first, plane + y * ROW, part.columns());
            System.arraycopy(padded, part.columns(), beyond, y * 2 * RADIUS, 2 * RADIUS);
        }
    }

    /**
     * Clears the sums and puts the part to its neighbours in the window's last row; in this order, as what is cleared begins
     * in the guide's last plane.
     */
    private void begin(Part part) {
        int at = FIRST + (SHIFTS - 1) * ROW;
        int middle = FIRST + RADIUS * ROW;
        for (int group = 0; group < own.length; group++) {
            Arrays.fill(own[group], PICTURE, WEIGHTS + FIRST, 0);
            for (int plane = 0; plane < PICTURE; plane += PLANE) {
                System.arraycopy(around[RADIUS][group], plane + middle, own[group], plane + at, part.size());
            }
        }
    }

    private void moveUp(int to, Part part) {
        int from = to + STRIP * ROW;
        for (float[] planes : own) {
            for (int plane = 0; plane < WEIGHTS; plane += PLANE) {
                System.arraycopy(planes, plane + from, planes, plane + to, part.size());
            }
        }
    }

    private void addLastRow(Part part) {
        int row = SHIFTS - 1;
        float[] weights = own[0];
        for (int shift = 0; shift < SHIFTS; shift++) {
            int from = FIRST + row * ROW - headStart.known();
            int to = from + part.size() + HeadStart.LONGER;
            Arrays.fill(weights, WEIGHTS + from, WEIGHTS + to, 0);
            for (int group = 0; group < own.length; group++) {
                BilateralLoops.takeOffRowOfDifferences(weights, own[group], around[shift][group], from, to);
            }
            float spatialTerm = BilateralLoops.spatialTerm(row - RADIUS, shift - RADIUS);
            BilateralLoops.toWeights(weights, spatialTerm, WEIGHTS + from, WEIGHTS + to);
            for (int group = 0; group < own.length; group++) {
                BilateralLoops.addRow(own[group], weights, around[shift][group], from, to);
            }
        }
    }

    /** Adds the neighbours in three rows of the window, beginning with this one. */
    private void addStrip(int row, Part part) {
        float[] weights = own[0];
        for (int shift = 0; shift < SHIFTS; shift++) {
            int from = FIRST + row * ROW - headStart.begin();
            int to = from + part.size() + HeadStart.LONGER;
            BilateralLoops.beginWithDifferencesOfFirstTwo(weights, own[0], around[shift][0], from, to);
            BilateralLoops.takeOffDifferencesOfLastTwo(weights, own[0], around[shift][0], from, to);
            for (int group = 1; group < own.length; group++) {
                BilateralLoops.takeOffDifferencesOfFirstTwo(weights, own[group], around[shift][group], from, to);
                BilateralLoops.takeOffDifferencesOfLastTwo(weights, own[group], around[shift][group], from, to);
            }
            for (int k = 0; k < STRIP; k++) {
                int plane = WEIGHTS + k * PLANE;
                float spatialTerm = BilateralLoops.spatialTerm(row + k - RADIUS, shift - RADIUS);
                BilateralLoops.toWeights(weights, spatialTerm, plane + from, plane + to);
            }
            for (int group = 0; group < own.length; group++) {
                BilateralLoops.addTotalAndFirstTwo(own[group], weights, around[shift][group], from, to);
                BilateralLoops.addLastTwo(own[group], weights, around[shift][group], from, to);
            }
            headStart.end();
        }
    }

    private void divide(Part part, float[] blurred) {
        for (float[] sums : own) {
            BilateralLoops.divide(sums, FIRST, FIRST + part.size());
        }
        for (int c = 0; c < channels; c++) {
            int plane = FIRST + PICTURE + c % GROUP * PLANE;
            for (int y = 0; y < part.rows(); y++) {
                int at = (c * height + part.top() + y) * width + part.left();
                System.arraycopy(own[c / GROUP], plane + y * ROW, blurred, at, part.columns());
            }
        }
    }
}
