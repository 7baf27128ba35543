package dev.darkroom.model;

/**
 * The joint bilateral blur of guidance's sharpness, computed on the model's device for all rows of a call at once. Belongs
 * to the device's lane like the model: one thread at a time.
 */
public interface EdgePreservingBlur {

    /** How far its window reaches to each side, in positions. */
    int RADIUS = 6;

    /** Positions along a side of its window. */
    int SHIFTS = 2 * RADIUS + 1;

    /** The standard deviation of weights by distance, in positions. */
    double SPACE = 3;

    /** The standard deviation of weights by difference, in standard deviations of the guide. */
    double COLOUR = 3;

    /** What is added to the guide's standard deviation, which may be zero. */
    double LEAST_DEVIATION = 1e-5;

    /** Returns which of so many positions stands for one that may lie beyond their ends; the last is not repeated. */
    static int mirrored(int index, int length) {
        int period = Math.max(1, 2 * (length - 1));
        int wrapped = Math.floorMod(index, period);
        return wrapped < length ? wrapped : period - wrapped;
    }

    /**
     * Blurs pictures in place, each within the edges of its own guide: a Gaussian blur of 13 x 13 with a deviation of 3
     * positions, whose weights also fall with {@code exp(-d² / 2c²)}, where d is the sum over channels of the absolute
     * differences of the guide, and c three times the standard deviation of all of the guide's numbers. Borders are
     * mirrored. A row's result does not depend on the others.
     *
     * @param pictures per row {@code [channels, height, width]}; overwritten with the results
     * @param edges the guides, of the same shape; left as they are
     * @param rows how many of the arrays' elements are in use, at least 1
     * @return false, with all arrays as they were, where the device can't do it, or has no room for it now; the log has
     *     told why
     * @throws ModelException only if the call was cancelled
     */
    boolean apply(float[][] pictures, float[][] edges, int rows, int channels, int height, int width)
            throws ModelException;
}
