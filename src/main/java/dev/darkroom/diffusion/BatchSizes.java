package dev.darkroom.diffusion;

/**
 * The numbers of rows that model calls have. There are few of them, since a device prepares itself anew for each: 1, and
 * then the powers of two and one and a half times them.
 */
public final class BatchSizes {

    private static final int[] SIZES = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};

    private BatchSizes() {}

    /** Returns the smallest size that holds so many rows; beyond the largest one, the rows themselves. */
    public static int atLeast(int rows) {
        for (int size : SIZES) {
            if (size >= rows) {
                return size;
            }
        }
        return rows;
    }

    /**
     * Returns the largest size that so many rows fill.
     *
     * @param rows from 1
     */
    public static int atMost(int rows) {
        int most = 1;
        for (int size : SIZES) {
            if (size <= rows) {
                most = size;
            }
        }
        return most;
    }
}
