package dev.darkroom.image;

import java.util.List;

/** Lays pictures of one size side by side, as square as their number allows: the first ones in the top row. */
public final class ImageGrid {

    private ImageGrid() {}

    /**
     * Returns one picture with {@code ceil(sqrt(n))} columns; places that stay empty are black.
     *
     * @throws IllegalArgumentException if there are no pictures, if their sizes differ, or if the grid would not fit an
     *     array
     */
    public static RgbImage of(List<RgbImage> pictures) {
        if (pictures.isEmpty()) {
            throw new IllegalArgumentException("a grid needs a picture");
        }
        int width = pictures.get(0).width();
        int height = pictures.get(0).height();
        int columns = (int) Math.ceil(Math.sqrt(pictures.size()));
        int rows = (pictures.size() + columns - 1) / columns;
        if ((long) width * columns * height * rows * 3 > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "a grid of %d pictures of %dx%d is too large".formatted(pictures.size(), width, height));
        }
        int stride = width * 3;
        byte[] rgb = new byte[stride * columns * height * rows];
        for (int i = 0; i < pictures.size(); i++) {
            RgbImage picture = pictures.get(i);
            if (picture.width() != width || picture.height() != height) {
                throw new IllegalArgumentException("a picture of %dx%d does not fit a grid of %dx%d"
                        .formatted(picture.width(), picture.height(), width, height));
            }
            int corner = i / columns * height * columns * stride + i % columns * stride;
            for (int y = 0; y < height; y++) {
                System.arraycopy(picture.rgb(), y * stride, rgb, corner + y * columns * stride, stride);
            }
        }
        return new RgbImage(width * columns, height * rows, rgb);
    }
}
