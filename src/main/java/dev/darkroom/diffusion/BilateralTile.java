package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Blurs parts of a {@link JointBilateralFilter}'s picture, one after the other. Two positions weigh the same for each other.
 * So weights are computed for only the half of a window's positions that comes after its middle, row by row and from left to
 * right: 84 followers, three of them in a pass of a few {@linkplain BilateralLoops loops}. The pass computes the weights of
 * each position and its followers, adds the followers to the position, moves the weights from positions to followers, and
 * adds to each follower the position that it follows.
 *
 * <p>Rows are as far apart as those of the widest part with what is around it. What lies between the rows of a part, some of it
 * left behind by earlier ones, is computed with, and never read.
 *
 * <p>Keeps its memory, 0.43 MB for each four channels, half of it outside the heap; one thread at a time.
 */
final class BilateralTile {

    static final int MOST_ROWS = 32;
    static final int MOST_COLUMNS = 128;

    private static final int RADIUS = EdgePreservingBlur.RADIUS;
    private static final int GROUP = BilateralLoops.GROUP;

    private static final float OWN_WEIGHT = BilateralLoops.weight(0, BilateralLoops.spatialTerm(0, 0));

    private final int channels;
    private final int height;
    private final int width;
    private final int[] mirroredColumns = new int[MOST_COLUMNS + 2 * RADIUS];
    private final float[] padded = new float[BilateralLoops.PLANE];
    /** Numbers from a row of a plane to the next. */
    private final int stride;
    /** Where in a plane the part begins, as far from the plane's begin as the farthest follower is from its position. */
    private final int origin;

    private final List<BilateralPlanes> groups = new ArrayList<>();
    private final int[] distances;
    private final float[] spatialTerms;

    /** @param columns of the widest part that will come */
    BilateralTile(int channels, int height, int width, int columns) {
        this.channels = channels;
        this.height = height;
        this.width = width;
        stride = columns + 2 * RADIUS;
        origin = RADIUS * stride + RADIUS;
        int followers = RADIUS * (EdgePreservingBlur.SHIFTS + 1);
        distances = new int[followers];
        spatialTerms = new float[followers];
        for (int i = 0; i < followers; i++) {
            int place = followers + 1 + i;
            int down = place / EdgePreservingBlur.SHIFTS - RADIUS;
            int right = place % EdgePreservingBlur.SHIFTS - RADIUS;
            distances[i] = down * stride + right;
            spatialTerms[i] = BilateralLoops.spatialTerm(down, right);
        }
        for (int channel = 0; channel < channels; channel += GROUP) {
            groups.add(new BilateralPlanes(distances));
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
    record Part(int top, int rows, int left, int columns) {}

    /**
     * Blurs a part, and keeps the result until the next.
     *
     * @param picture {@code [channels, height, width]}
     * @param edges of the same shape, {@linkplain BilateralLoops#scale(double) scaled}
     * @param needless is asked before each pass; once it says yes, the part is left as it is, without a result
     */
    void blur(float[] picture, float[] edges, Part part, BooleanSupplier needless) {
        layOut(picture, edges, part);
        int end = end(part);
        groups.forEach(group -> group.begin(OWN_WEIGHT, origin, end));
        BilateralPlanes weights = groups.get(0);
        for (int first = 0; first < distances.length; first += BilateralLoops.NEIGHBOURS) {
            if (needless.getAsBoolean()) {
                return;
            }
            weigh(first, end);
            for (BilateralPlanes group : groups) {
                group.addFollowers(weights, first, origin, end);
            }
            for (int follower = first; follower < first + BilateralLoops.NEIGHBOURS; follower++) {
                weights.moveWeights(follower, origin, end);
            }
            for (BilateralPlanes group : groups) {
                group.addToFollowers(weights, first, origin, end);
            }
        }
        groups.forEach(group -> group.divide(origin, end));
    }

    /**
     * Copies the result of the last part, which must have been blurred to its end.
     *
     * @param part the same
     * @param blurred of the picture's shape; the part of it is written
     */
    void copyResult(Part part, float[] blurred) {
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < part.rows(); y++) {
                int at = (c * height + part.top() + y) * width + part.left();
                groups.get(c / GROUP).copyResult(c % GROUP, origin + y * stride, blurred, at, part.columns());
            }
        }
    }

    private void layOut(float[] picture, float[] edges, Part part) {
        for (int i = 0; i < part.columns() + 2 * RADIUS; i++) {
            mirroredColumns[i] = EdgePreservingBlur.mirrored(part.left() + i - RADIUS, width);
        }
        int length = (part.rows() + 2 * RADIUS) * stride;
        for (int c = 0; c < channels; c++) {
            pad(picture, c, part);
            groups.get(c / GROUP).putPicture(c % GROUP, padded, length);
            pad(edges, c, part);
            groups.get(c / GROUP).putGuide(c % GROUP, padded, length);
        }
    }

    private void pad(float[] from, int channel, Part part) {
        int columns = part.columns() + 2 * RADIUS;
        int inside = Math.max(0, RADIUS - part.left());
        int beyond = Math.min(columns, width + RADIUS - part.left());
        for (int y = 0; y < part.rows() + 2 * RADIUS; y++) {
            int mirrored = EdgePreservingBlur.mirrored(part.top() + y - RADIUS, height);
            int start = (channel * height + mirrored) * width;
            int at = y * stride;
            for (int i = 0; i < inside; i++) {
                padded[at + i] = from[start + mirroredColumns[i]];
            }
            System.arraycopy(from, start + part.left() + inside - RADIUS, padded, at + inside, beyond - inside);
            for (int i = beyond; i < columns; i++) {
                padded[at + i] = from[start + mirroredColumns[i]];
            }
        }
    }

    /** Returns where in a plane the part ends. */
    private int end(Part part) {
        return origin + (part.rows() - 1) * stride + part.columns();
    }

    /** Computes the weights of three followers, for the part's positions and for those before it that one in it follows. */
    private void weigh(int first, int end) {
        BilateralPlanes weights = groups.get(0);
        for (int follower = first; follower < first + BilateralLoops.NEIGHBOURS; follower++) {
            int from = origin - distances[follower];
            if (groups.size() == 1) {
                weights.weigh(follower, spatialTerms[follower], from, end);
                continue;
            }
            weights.clearDifferences(follower, from, end);
            for (BilateralPlanes group : groups) {
                group.takeOffDifferences(weights, follower, from, end);
            }
            weights.toWeights(follower, spatialTerms[follower], from, end);
        }
    }
}
