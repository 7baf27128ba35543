package dev.darkroom.image;

/**
 * How large a picture is.
 *
 * @param width pixels
 * @param height pixels
 */
public record ImageSize(int width, int height) {

    /** Returns how many pixels that makes. */
    public long pixels() {
        return (long) width * height;
    }
}
