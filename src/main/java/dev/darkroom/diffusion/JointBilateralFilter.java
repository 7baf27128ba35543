package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BooleanSupplier;

/**
 * An edge-preserving blur: a Gaussian blur of 13 x 13 whose weights also fall with the difference in a guide picture
 * (Petschnigg et al., "Digital Photography with Flash and No-Flash Image Pairs", 2004; Eisemann and Durand, 2004). Number
 * q counts for number p with {@code exp(-|p - q|² / 2s²) exp(-d² / 2c²)}, where d is the sum over channels of the absolute
 * differences of the guide, s = 3 positions and c = 3 standard deviations of the guide. Borders are mirrored, their last
 * position not repeated.
 *
 * <p>The sampler's thread waits for it while the device has nothing to do, so that free cores help: the picture is cut into
 * parts, which are blurred side by side in a pool. How many there are changes no number of the result. Keeps its
 * memory; one thread at a time.
 */
final class JointBilateralFilter {

    /** A part looks at rows beyond its own, so that lower ones cost more than they save. */
    private static final int LEAST_ROWS = 16;

    private static final int MOST_WORKERS = 4;

    private final List<BilateralTile.Part> parts;
    private final Executor pool;
    private final int workers;
    /** Of the thread that calls. */
    private final BilateralTile ownTile;
    /** Of helpers that have nothing to do; one that is late with a part of an earlier picture still has its own. */
    private final Queue<BilateralTile> freeTiles;
    /** The guide, in the unit of weights. */
    private final float[] scaled;

    private final float[] blurred;

    /** Makes one for all cores, up to four, as far as the picture has work for them. */
    static JointBilateralFilter of(int channels, int height, int width) {
        int workers = usualWorkers(height, Runtime.getRuntime().availableProcessors());
        int bands = usualBands(height, width, workers);
        return new JointBilateralFilter(channels, height, width, workers, bands, ForkJoinPool.commonPool());
    }

    /**
     * @param workers how many threads may share a blur
     * @param bands from 1 to the height: into how many parts the height is cut, or more where those would be too high
     * @param pool where helpers run
     */
    JointBilateralFilter(int channels, int height, int width, int workers, int bands, Executor pool) {
        this.pool = pool;
        parts = parts(height, width, Math.max(bands, ceilingOf(height, BilateralTile.MOST_ROWS)));
        int columns = parts.stream().mapToInt(BilateralTile.Part::columns).max().orElseThrow();
        this.workers = workers;
        ownTile = new BilateralTile(channels, height, width, columns);
        freeTiles = new ArrayBlockingQueue<>(workers);
        for (int helper = 1; helper < workers; helper++) {
            freeTiles.add(new BilateralTile(channels, height, width, columns));
        }
        scaled = new float[channels * height * width];
        blurred = new float[channels * height * width];
    }

    private static int usualWorkers(int height, int cores) {
        return Math.max(1, Math.min(height / LEAST_ROWS, Math.min(cores, MOST_WORKERS)));
    }

    /** As few as give each worker the same number of parts. */
    private static int usualBands(int height, int width, int workers) {
        int across = ceilingOf(width, BilateralTile.MOST_COLUMNS);
        int bands = ceilingOf(height, BilateralTile.MOST_ROWS);
        while (bands * across % workers != 0) {
            bands++;
        }
        return bands;
    }

    private static List<BilateralTile.Part> parts(int height, int width, int down) {
        int across = ceilingOf(width, BilateralTile.MOST_COLUMNS);
        List<BilateralTile.Part> parts = new ArrayList<>();
        for (int part = 0; part < down * across; part++) {
            int top = height * (part / across) / down;
            int rows = height * (part / across + 1) / down - top;
            int left = width * (part % across) / across;
            int columns = width * (part % across + 1) / across - left;
            parts.add(new BilateralTile.Part(top, rows, left, columns));
        }
        return List.copyOf(parts);
    }

    private static int ceilingOf(int length, int most) {
        return (length + most - 1) / most;
    }

    /**
     * Blurs a picture.
     *
     * @param picture {@code [channels, height, width]}, not what this filter returned; a late helper may still read it when
     *     this has returned, and it may be changed then
     * @param edges of the same shape, below 1e22 in size; its standard deviation over all is the unit of differences
     * @return of the same shape, overwritten by the next call
     */
    float[] blur(float[] picture, float[] edges) {
        PartsInTurn turns = new PartsInTurn(parts.size());
        for (int helper = 1; helper < workers; helper++) {
            pool.execute(() -> help(turns, picture));
        }
        // they wake meanwhile
        setScaled(edges);
        turns.finish(new TileWorker(picture, ownTile));
        return blurred;
    }

    private void help(PartsInTurn turns, float[] picture) {
        BilateralTile tile = freeTiles.poll();
        if (tile == null) {
            // late helpers have them all: this blur does without this one
            return;
        }
        try {
            turns.help(new TileWorker(picture, tile));
        } finally {
            freeTiles.add(tile);
        }
    }

    /**
     * Blurs parts of one picture. A late helper reads picture and guide while the next ones are written: no index depends on
     * their numbers, and its part has been claimed by then, so that its result is not copied.
     */
    private final class TileWorker implements PartsInTurn.Worker {
        private final float[] picture;
        private final BilateralTile tile;

        TileWorker(float[] picture, BilateralTile tile) {
            this.picture = picture;
            this.tile = tile;
        }

        @Override
        public void compute(int part, BooleanSupplier needless) {
            tile.blur(picture, scaled, parts.get(part), needless);
        }

        @Override
        public void keep(int part) {
            tile.copyResult(parts.get(part), blurred);
        }
    }

    private void setScaled(float[] edges) {
        double colours = EdgePreservingBlur.COLOUR * (deviation(edges) + EdgePreservingBlur.LEAST_DEVIATION);
        LinearCombination.of(scaled, BilateralLoops.scale(colours), edges);
    }

    /**
     * The sample standard deviation, with n - 1. Of four sums at a time none waits for another. Doubles allow for a mean of
     * ten thousand deviations, and a latent's is of their size.
     */
    private static double deviation(float[] numbers) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        double aa = 0;
        double bb = 0;
        double cc = 0;
        double dd = 0;
        int whole = numbers.length / 4 * 4;
        for (int i = 0; i < whole; i += 4) {
            double p = numbers[i];
            double q = numbers[i + 1];
            double r = numbers[i + 2];
            double s = numbers[i + 3];
            a += p;
            b += q;
            c += r;
            d += s;
            aa += p * p;
            bb += q * q;
            cc += r * r;
            dd += s * s;
        }
        for (int i = whole; i < numbers.length; i++) {
            a += numbers[i];
            aa += (double) numbers[i] * numbers[i];
        }
        double sum = a + b + c + d;
        double squares = aa + bb + cc + dd - sum * sum / numbers.length;
        return Math.sqrt(Math.max(0, squares) / Math.max(1, numbers.length - 1));
    }
}
