package dev.darkroom.image;

import java.util.EnumMap;
import java.util.Map;

/**
 * Turns pixels into files. Safe from any thread; blocks for the time of the compression, about 10 ms a
 * megapixel for JPEG to 250 ms for PNG.
 *
 * <p>Parameters are kept under the keywords of PNG text. PNG takes any keyword: {@code tEXt} for ASCII, UTF-8
 * {@code iTXt} for everything else. JPEG and WebP take an EXIF block with UTF-8 texts, see {@link ExifParameters}; JPEG
 * has room for 64 kB of it, and stays without parameters that need more.
 */
public final class ImageEncoder {

    private final Map<ImageFormat, ImageCodec> codecs = new EnumMap<>(ImageFormat.class);

    /** Writes with {@link EncodingQuality#DEFAULT}. */
    public ImageEncoder() {
        this(EncodingQuality.DEFAULT);
    }

    public ImageEncoder(EncodingQuality quality) {
        for (ImageFormat format : ImageFormat.values()) {
            codecs.put(format, ImageCodec.of(format, quality));
        }
    }

    /**
     * Returns the whole file.
     *
     * @param parameters from keyword to text, such as {@link GenerationParameters#toFooocus()} makes; empty for none
     * @throws ImageException if the format can't hold a picture of this size, or has no encoder on this machine
     * @throws IllegalArgumentException if a keyword is not 1 to 79 printable ASCII characters
     */
    public byte[] encode(RgbImage picture, ImageFormat format, Map<String, String> parameters) throws ImageException {
        parameters.keySet().forEach(ImageEncoder::checkKeyword);
        return codecs.get(format).encode(picture, parameters);
    }

    private static void checkKeyword(String keyword) {
        boolean printable = keyword.chars().allMatch(character -> character >= ' ' && character <= '~');
        if (!printable || keyword.isBlank() || keyword.length() > 79 || !keyword.equals(keyword.trim())) {
            throw new IllegalArgumentException("not a keyword of PNG text: " + keyword);
        }
    }
}
