package dev.darkroom.image;

import java.util.Map;

/**
 * Writes and reads one kind of file. Stateless, so safe from any thread. The readers may throw any runtime exception on
 * damaged files: {@link ImageDecoder} turns it into the one that callers see.
 */
interface ImageCodec {

    /** Returns the codec of {@code format} that writes with {@code quality}. */
    static ImageCodec of(ImageFormat format, EncodingQuality quality) {
        return switch (format) {
            case PNG -> new PngCodec(quality.png());
            case JPEG -> new JpegCodec(quality.jpeg());
            case WEBP -> new WebpCodec(quality.webp());
        };
    }

    /**
     * Returns the whole file.
     *
     * @param parameters written into it by keyword, in order
     */
    byte[] encode(RgbImage picture, Map<String, String> parameters) throws ImageException;

    /** Returns the size that the file's header claims, which is as much memory as {@link #decode} takes. */
    ImageSize size(byte[] file) throws ImageException;

    /** Returns the pixels; transparent ones lie on white. */
    RgbImage decode(byte[] file) throws ImageException;

    /** Returns the parameters that stand in the file, in order; empty if there are none that can be read. */
    Map<String, String> parameters(byte[] file) throws ImageException;
}
