package dev.darkroom.image;

/**
 * A picture in memory.
 *
 * @param width pixels
 * @param height pixels
 * @param rgb {@code height * width * 3} bytes: rows from the top, red, green, blue per pixel, sRGB; treated as immutable
 */
public record RgbImage(int width, int height, byte[] rgb) {

    /** @throws IllegalArgumentException if the array does not fit the size */
    public RgbImage {
        if (width < 1 || height < 1 || rgb.length != width * height * 3) {
            throw new IllegalArgumentException(
                    "%d bytes do not make a picture of %dx%d".formatted(rgb.length, width, height));
        }
    }
}
