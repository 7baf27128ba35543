package dev.darkroom.image;

import java.util.random.RandomGenerator;

/** Pictures for tests and benchmarks. */
public final class TestPictures {

    private TestPictures() {}

    /** Returns a picture as models make them: soft shapes, an edge, a little noise. */
    public static RgbImage photo(int width, int height, RandomGenerator random) {
        double phase = random.nextDouble() * 6;
        byte[] rgb = new byte[width * height * 3];
        for (int y = 0, at = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double u = (double) x / width;
                double v = (double) y / height;
                double disc = Math.hypot(u - 0.5, v - 0.5) < 0.3 ? 60 : 0;
                double grain = random.nextGaussian();
                rgb[at++] = sample(110 + 80 * Math.sin(5 * u + phase) + disc + grain);
                rgb[at++] = sample(110 + 80 * Math.sin(4 * v + 2 * u + phase) - disc + grain);
                rgb[at++] = sample(110 + 80 * Math.cos(3 * u - 5 * v) + grain);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /** Returns a picture of one colour, given as {@code 0xRRGGBB}. */
    public static RgbImage plain(int width, int height, int colour) {
        byte[] rgb = new byte[width * height * 3];
        for (int at = 0; at < rgb.length; at += 3) {
            rgb[at] = (byte) (colour >> 16);
            rgb[at + 1] = (byte) (colour >> 8);
            rgb[at + 2] = (byte) colour;
        }
        return new RgbImage(width, height, rgb);
    }

    /** Returns how far two pictures of one size are apart: the mean difference of their samples, 0 to 255. */
    public static double difference(RgbImage one, RgbImage other) {
        if (one.width() != other.width() || one.height() != other.height()) {
            throw new IllegalArgumentException("the pictures differ in size");
        }
        long sum = 0;
        for (int i = 0; i < one.rgb().length; i++) {
            sum += Math.abs((one.rgb()[i] & 0xff) - (other.rgb()[i] & 0xff));
        }
        return (double) sum / one.rgb().length;
    }

    private static byte sample(double value) {
        return (byte) Math.max(0, Math.min(255, Math.round(value)));
    }
}
