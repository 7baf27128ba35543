package dev.darkroom.benchmark;

import dev.darkroom.image.EncodingQuality;
import dev.darkroom.image.GenerationParameters;
import dev.darkroom.image.ImageEncoder;
import dev.darkroom.image.ImageException;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.PngEffort;
import dev.darkroom.image.RgbImage;
import dev.darkroom.image.TestPictures;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/** Prints what a finished picture costs to encode: the median of 15 runs on one thread, and the file's size. */
public final class ImageEncodingBenchmark {

    private static final int RUNS = 15;
    private static final int WARM_UP = 10;

    private ImageEncodingBenchmark() {}

    public static void main(String[] arguments) throws ImageException {
        ImageEncoder small = new ImageEncoder();
        ImageEncoder fast = new ImageEncoder(new EncodingQuality(PngEffort.FAST, 0.95f, 0.9f));
        Map<String, String> parameters = Map.of(GenerationParameters.PARAMETERS, "a cat in the rain, ".repeat(50));
        System.out.printf("%-10s %-10s %10s %12s%n", "size", "format", "ms", "bytes");
        for (int side : new int[] {256, 768, 1024}) {
            RgbImage picture = TestPictures.photo(side, side, new SplittableRandom(side));
            print("png fast", fast, picture, ImageFormat.PNG, Map.of());
            print("png", small, picture, ImageFormat.PNG, parameters);
            print("jpeg", small, picture, ImageFormat.JPEG, parameters);
            print("webp", small, picture, ImageFormat.WEBP, parameters);
        }
    }

    private static void print(
            String name, ImageEncoder encoder, RgbImage picture, ImageFormat format, Map<String, String> parameters)
            throws ImageException {
        long[] nanos = new long[RUNS];
        int bytes = 0;
        for (int run = -WARM_UP; run < RUNS; run++) {
            long start = System.nanoTime();
            bytes = encoder.encode(picture, format, parameters).length;
            if (run >= 0) {
                nanos[run] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        System.out.printf(
                "%-10s %-10s %10.2f %12d%n",
                picture.width() + "x" + picture.height(), name, nanos[RUNS / 2] / 1e6, bytes);
    }
}
