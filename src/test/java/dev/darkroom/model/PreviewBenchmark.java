package dev.darkroom.model;

import dev.darkroom.image.ImageException;
import dev.darkroom.image.PreviewEncoder;
import dev.darkroom.image.RgbImage;
import java.util.Arrays;
import java.util.Random;

/**
 * Prints what a preview costs: on the device's lane, which only copies the latent, and beside it, where the picture is
 * made and encoded. Medians of 200 runs on one thread.
 */
public final class PreviewBenchmark {

    private static final int RUNS = 200;
    private static final int WARM_UP = 500;

    private interface Work {
        Object run() throws ImageException;
    }

    private PreviewBenchmark() {}

    public static void main(String[] arguments) throws ImageException {
        PreviewEncoder encoder = new PreviewEncoder();
        System.out.printf("%-14s %12s %14s %14s%n", "latent", "lane, ms", "picture, ms", "encoding, ms");
        for (int side : new int[] {32, 64, 128}) {
            float[] latent = new float[4 * side * side];
            Random random = new Random(side);
            for (int i = 0; i < latent.length; i++) {
                latent[i] = (float) random.nextGaussian();
            }
            LatentColours colours = LatentColours.usual(4, LatentColoursTest.scaled(0.18215f));
            RgbImage picture = colours.picture(latent, side, side);
            System.out.printf(
                    "%-14s %12.4f %14.3f %14.3f%n",
                    "4x%dx%d".formatted(side, side),
                    median(latent::clone),
                    median(() -> colours.picture(latent, side, side)),
                    median(() -> encoder.encode(picture)));
        }
    }

    private static double median(Work work) throws ImageException {
        long[] nanos = new long[RUNS];
        long sum = 0;
        for (int run = -WARM_UP; run < RUNS; run++) {
            long begun = System.nanoTime();
            sum += work.run().hashCode();
            if (run >= 0) {
                nanos[run] = System.nanoTime() - begun;
            }
        }
        Arrays.sort(nanos);
        return sum == 0 ? Double.NaN : nanos[RUNS / 2] / 1e6;
    }
}
