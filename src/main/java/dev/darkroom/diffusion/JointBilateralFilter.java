package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.Arrays;

/**
 * An edge-preserving blur: a Gaussian blur of 13 x 13 whose weights also fall with the difference in a guide picture
 * (Petschnigg et al., "Digital Photography with Flash and No-Flash Image Pairs", 2004; Eisemann and Durand, 2004). Number
 * q counts for number p with {@code exp(-|p - q|² / 2s²) exp(-d² / 2c²)}, where d is the sum over channels of the absolute
 * differences of the guide, s = 3 positions and c = 3 standard deviations of the guide. Borders are mirrored, their last
 * position not repeated.
 *
 * <p>The sampler's thread waits for it while the device has nothing to do, so that free cores help: the picture is cut into
 * tiles, which are blurred side by side in the common pool. How many there are changes no number of the result. Keeps its
 * arrays; one thread at a time.
 */
final class JointBilateralFilter {

    /** A tile looks at rows beyond its own, so that lower ones cost more than they save. */
    private static final int LEAST_ROWS = 16;

    private static final int MOST_BANDS = 4;

    /** A wider tile's lines would not fit a core's own cache. */
    private static final int MOST_COLUMNS = 64;

    private final BilateralTile[] tiles;

    JointBilateralFilter(int channels, int height, int width) {
        this(channels, height, width, usualBands(height));
    }

    /** @param bands from 1 to the height: into how many parts the height is cut */
    JointBilateralFilter(int channels, int height, int width, int bands) {
        int across = (width + MOST_COLUMNS - 1) / MOST_COLUMNS;
        tiles = new BilateralTile[bands * across];
        for (int tile = 0; tile < tiles.length; tile++) {
            int top = height * (tile / across) / bands;
            int rows = height * (tile / across + 1) / bands - top;
            int left = width * (tile % across) / across;
            int columns = width * (tile % across + 1) / across - left;
            tiles[tile] = new BilateralTile(channels, height, width, top, rows, left, columns);
        }
    }

    private static int usualBands(int height) {
        int cores = Runtime.getRuntime().availableProcessors();
        return Math.max(1, Math.min(height / LEAST_ROWS, Math.min(cores, MOST_BANDS)));
    }

    /**
     * Blurs in place.
     *
     * @param picture {@code [channels, height, width]}; overwritten with the result
     * @param edges of the same shape; its standard deviation over all is the unit of differences
     */
    void apply(float[] picture, float[] edges) {
        double colours = EdgePreservingBlur.COLOUR * (deviation(edges) + EdgePreservingBlur.LEAST_DEVIATION);
        if (tiles.length == 1) {
            tiles[0].blur(picture, edges, colours);
        } else {
            Arrays.stream(tiles).parallel().forEach(tile -> tile.blur(picture, edges, colours));
        }
        for (BilateralTile tile : tiles) {
            tile.give(picture);
        }
    }

    /** The sample standard deviation, with n - 1. Of four sums at a time none waits for another. */
    private static double deviation(float[] numbers) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int whole = numbers.length / 4 * 4;
        for (int i = 0; i < whole; i += 4) {
            a += numbers[i];
            b += numbers[i + 1];
            c += numbers[i + 2];
            d += numbers[i + 3];
        }
        for (int i = whole; i < numbers.length; i++) {
            a += numbers[i];
        }
        double mean = (a + b + c + d) / numbers.length;
        return Math.sqrt(squares(numbers, mean) / Math.max(1, numbers.length - 1));
    }

    private static double squares(float[] numbers, double mean) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int whole = numbers.length / 4 * 4;
        for (int i = 0; i < whole; i += 4) {
            a += (numbers[i] - mean) * (numbers[i] - mean);
            b += (numbers[i + 1] - mean) * (numbers[i + 1] - mean);
            c += (numbers[i + 2] - mean) * (numbers[i + 2] - mean);
            d += (numbers[i + 3] - mean) * (numbers[i + 3] - mean);
        }
        for (int i = whole; i < numbers.length; i++) {
            a += (numbers[i] - mean) * (numbers[i] - mean);
        }
        return a + b + c + d;
    }
}
