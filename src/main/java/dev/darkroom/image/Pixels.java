package dev.darkroom.image;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import org.jspecify.annotations.Nullable;

/**
 * Carries pixels between {@link RgbImage} and the image types of the JDK's codecs. Samples are moved as they are: going
 * through a {@code Graphics2D} or {@code getRGB} would brighten grey pictures, whose colour space the JDK takes for linear.
 */
final class Pixels {

    private static final int[] RED_GREEN_BLUE = {0, 1, 2};

    private Pixels() {}

    /** Returns a view of {@code picture}; no pixel is copied. */
    static BufferedImage view(RgbImage picture) {
        DataBufferByte samples = new DataBufferByte(picture.rgb(), picture.rgb().length);
        WritableRaster raster = Raster.createInterleavedRaster(
                samples, picture.width(), picture.height(), picture.width() * 3, 3, RED_GREEN_BLUE, null);
        ComponentColorModel colours = new ComponentColorModel(
                ColorSpace.getInstance(ColorSpace.CS_sRGB),
                false,
                false,
                ComponentColorModel.OPAQUE,
                DataBuffer.TYPE_BYTE);
        return new BufferedImage(colours, raster, false, null);
    }

    /**
     * Returns a copy of 8-bit samples: one (grey), two (grey, alpha), three (RGB) or four (RGB, alpha) per pixel.
     *
     * @throws ImageException if the samples are of another kind
     */
    static RgbImage copy(Raster raster) throws ImageException {
        int bands = raster.getNumBands();
        if (bands > 4 || raster.getSampleModel().getSampleSize(0) != 8) {
            throw new ImageException("Pictures of %d samples with %d bits are not supported."
                    .formatted(bands, raster.getSampleModel().getSampleSize(0)));
        }
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] rgb = new byte[width * height * 3];
        int @Nullable [] row = null;
        for (int y = 0, to = 0; y < height; y++) {
            row = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int from = 0; from < width * bands; from += bands) {
                int alpha = bands % 2 == 0 ? row[from + bands - 1] : 255;
                rgb[to++] = (byte) onWhite(row[from], alpha);
                rgb[to++] = (byte) onWhite(row[bands < 3 ? from : from + 1], alpha);
                rgb[to++] = (byte) onWhite(row[bands < 3 ? from : from + 2], alpha);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    /** Lays a sample over white; both arguments and the result are 0 to 255. */
    static int onWhite(int sample, int alpha) {
        return alpha == 255 ? sample : (sample * alpha + 255 * (255 - alpha) + 127) / 255;
    }
}
