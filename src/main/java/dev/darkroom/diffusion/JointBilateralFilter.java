package dev.darkroom.diffusion;

import java.util.stream.IntStream;

/**
 * An edge-preserving blur: a Gaussian blur of 13 x 13 whose weights also fall with the difference in a guide picture
 * (Petschnigg et al., "Digital Photography with Flash and No-Flash Image Pairs", 2004; Eisemann and Durand, 2004). Number
 * q counts for number p with {@code exp(-|p - q|² / 2s²) exp(-d² / 2c²)}, where d is the sum over channels of the absolute
 * differences of the guide, s = 3 positions and c = 3 standard deviations of the guide. Borders are mirrored, their last
 * position not repeated.
 *
 * <p>The sampler's thread waits for it while the device has nothing to do, so that free cores help: the picture is cut into
 * bands of rows, which are blurred side by side in the common pool. How many there are changes no number of the result.
 * Keeps its arrays; one thread at a time.
 */
final class JointBilateralFilter {

    private static final double COLOUR = 3;
    private static final double LEAST_DEVIATION = 1e-5;

    /** A band looks at rows beyond its own, so that lower ones cost more than they save. */
    private static final int LEAST_ROWS = 16;

    private static final int MOST_BANDS = 4;

    private final BilateralBand[] bands;

    JointBilateralFilter(int channels, int height, int width) {
        this(channels, height, width, usualBands(height));
    }

    /** @param bands from 1 to the height: how many threads can work at it */
    JointBilateralFilter(int channels, int height, int width, int bands) {
        this.bands = new BilateralBand[bands];
        for (int band = 0; band < bands; band++) {
            int top = height * band / bands;
            int rows = height * (band + 1) / bands - top;
            this.bands[band] = new BilateralBand(channels, height, width, top, rows);
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
        double colours = COLOUR * (deviation(edges) + LEAST_DEVIATION);
        for (BilateralBand band : bands) {
            band.take(picture, edges, colours);
        }
        if (bands.length == 1) {
            bands[0].blur(picture);
        } else {
            IntStream.range(0, bands.length).parallel().forEach(band -> bands[band].blur(picture));
        }
    }

    /** The sample standard deviation, with n - 1. */
    private static double deviation(float[] numbers) {
        double sum = 0;
        for (float number : numbers) {
            sum += number;
        }
        double mean = sum / numbers.length;
        double squares = 0;
        for (float number : numbers) {
            squares += (number - mean) * (number - mean);
        }
        return Math.sqrt(squares / Math.max(1, numbers.length - 1));
    }
}
