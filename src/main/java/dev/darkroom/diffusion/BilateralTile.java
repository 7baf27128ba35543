package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.ArrayList;
import java.util.List;

/**
 * Blurs parts of a {@link JointBilateralFilter}'s picture, one after the other. Two positions weigh the same for each other.
 * So only the half of a window's neighbours is looked at that comes after the middle, in order of reading: 84 followers,
 * three of them in a pass of a few {@linkplain BilateralLoops loops}. The pass computes the weights of each position and its
 * followers, adds the followers to the position, moves the weights from positions to followers, and adds to each follower
 * the position that it follows.
 *
 * <p>Rows are always as far apart as those of the widest part. Right of a narrower one is what earlier ones left behind: it
 * is computed with, which takes as long, and never read.
 *
 * <p>Keeps its memory, 0.44 MB for each four channels; one thread at a time.
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
    private final int row;
    /** Where in a plane the part begins, as far from the plane's begin as the farthest follower is from its position. */
    private final int first;

    private final List<BilateralPlanes> groups = new ArrayList<>();
    private final int[] distances;
    private final float[] spatialTerms;

    /** @param columns of the widest part that will come */
    BilateralTile(int channels, int height, int width, int columns) {
        this.channels = channels;
        this.height = height;
        this.width = width;
        row = columns + 2 * RADIUS;
        first = RADIUS * row + RADIUS;
        int followers = RADIUS * (EdgePreservingBlur.SHIFTS + 1);
        distances = new int[followers];
        spatialTerms = new float[followers];
        for (int i = 0; i < followers; i++) {
            int place = followers + 1 + i;
            int down = place / EdgePreservingBlur.SHIFTS - RADIUS;
            int right = place % EdgePreservingBlur.SHIFTS - RADIUS;
            distances[i] = down * row + right;
            spatialTerms[i] = BilateralLoops.spatialTerm(down, right);
        }
        for (int channel = 0; channel < channels; channel += GROUP) {
            groups.add(new BilateralPlanes(first, distances));
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
     * Blurs a part.
     *
     * @param picture {@code [channels, height, width]}
     * @param edges of the same shape, {@linkplain BilateralLoops#scale(double) scaled}
     * @param blurred of the picture's shape; the part of it is written
     */
    void blur(float[] picture, float[] edges, Part part, float[] blurred) {
        layOut(picture, edges, part);
        int end = end(part);
        groups.forEach(group -> group.begin(OWN_WEIGHT, first, end));
        BilateralPlanes weights = groups.get(0);
        for (int index = 0; index < distances.length; index += BilateralLoops.NEIGHBOURS) {
            weigh(index, end);
            for (BilateralPlanes group : groups) {
                group.addFollowers(weights, index, first, end);
            }
            for (int follower = index; follower < index + BilateralLoops.NEIGHBOURS; follower++) {
                weights.moveWeights(follower, distances[follower], first, end);
            }
            for (BilateralPlanes group : groups) {
                group.addToFollowers(weights, index, first, end);
            }
        }
        groups.forEach(group -> group.divide(first, end));
        copyOut(part, blurred);
    }

    private void layOut(float[] picture, float[] edges, Part part) {
        for (int i = 0; i < part.columns() + 2 * RADIUS; i++) {
            mirroredColumns[i] = EdgePreservingBlur.mirrored(part.left() + i - RADIUS, width);
        }
        int length = (part.rows() + 2 * RADIUS) * row;
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
            int at = y * row;
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
        return first + (part.rows() - 1) * row + part.columns();
    }

    /** Computes the weights of three followers, for all positions that they follow or that follow a position. */
    private void weigh(int index, int end) {
        BilateralPlanes weights = groups.get(0);
        for (int follower = index; follower < index + BilateralLoops.NEIGHBOURS; follower++) {
            int from = first - distances[follower];
            if (groups.size() == 1) {
                weights.weigh(follower, spatialTerms[follower], from, end);
                continue;
            }
            weights.clearDifferences(follower, from, end);
            for (BilateralPlanes group : groups) {
                group.takeDifferencesOff(weights, follower, from, end);
            }
            weights.toWeights(follower, spatialTerms[follower], from, end);
        }
    }

    private void copyOut(Part part, float[] blurred) {
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < part.rows(); y++) {
                int at = (c * height + part.top() + y) * width + part.left();
                groups.get(c / GROUP).copyResult(c % GROUP, first + y * row, blurred, at, part.columns());
            }
        }
    }
}
