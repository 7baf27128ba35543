package dev.darkroom.model;

/**
 * What SDXL is told of a picture's sizes, in pixels, as its training pictures were described (Podell et al. 2023, "SDXL:
 * Improving Latent Diffusion Models for High-Resolution Image Synthesis", section 2.2).
 *
 * @param originalHeight before the training picture was scaled
 * @param originalWidth before the training picture was scaled
 * @param cropTop what was cut off
 * @param cropLeft what was cut off
 * @param targetHeight of the picture to be made
 * @param targetWidth of the picture to be made
 */
public record ImageSizes(
        int originalHeight, int originalWidth, int cropTop, int cropLeft, int targetHeight, int targetWidth) {

    /** Returns the sizes of a picture that was never scaled or cropped. */
    public static ImageSizes of(int height, int width) {
        return new ImageSizes(height, width, 0, 0, height, width);
    }

    /** Returns one of the six numbers, in the order in which SDXL takes them ({@code time_ids}). */
    float number(int index) {
        return switch (index) {
            case 0 -> originalHeight;
            case 1 -> originalWidth;
            case 2 -> cropTop;
            case 3 -> cropLeft;
            case 4 -> targetHeight;
            case 5 -> targetWidth;
            default -> throw new IndexOutOfBoundsException(index);
        };
    }
}
