package dev.darkroom.image;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;

/**
 * Reads pictures that anybody may have made: PNG, JPEG and WebP, told apart by how they begin. Safe from any thread;
 * blocks for the time of the decompression. Transparent pixels are laid on white; rotation marks and colour profiles are
 * not applied; of animations nothing is read.
 */
public final class ImageDecoder {

    /** Room for the pictures of today's cameras: 120 MB of samples. */
    public static final long DEFAULT_PIXELS = 40_000_000;

    /** More do not fit into one array. */
    private static final long MOST_PIXELS = (Integer.MAX_VALUE - 8) / 3;

    private final long pixels;
    private final Map<ImageFormat, ImageCodec> codecs = new EnumMap<>(ImageFormat.class);

    /** Reads pictures of up to {@link #DEFAULT_PIXELS}. */
    public ImageDecoder() {
        this(DEFAULT_PIXELS);
    }

    /** @param pixels how many a picture may have; a decoded pixel takes up to 7 bytes of memory for a moment */
    public ImageDecoder(long pixels) {
        if (pixels < 1 || pixels > MOST_PIXELS) {
            throw new IllegalArgumentException("pictures can have 1 to %d pixels: %d".formatted(MOST_PIXELS, pixels));
        }
        this.pixels = pixels;
        for (ImageFormat format : ImageFormat.values()) {
            codecs.put(format, ImageCodec.of(format, EncodingQuality.DEFAULT));
        }
    }

    /**
     * Returns what kind of file this is, by its first bytes.
     *
     * @throws ImageException if it is none of them
     */
    public ImageFormat format(byte[] file) throws ImageException {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        if (file.length >= 8 && bytes.getLong(0) == PngCodec.SIGNATURE) {
            return ImageFormat.PNG;
        }
        if (file.length >= 3 && bytes.getShort(0) == (short) 0xFFD8 && file[2] == (byte) 0xFF) {
            return ImageFormat.JPEG;
        }
        if (file.length >= 12 && bytes.getInt(0) == 0x52494646 && bytes.getInt(8) == 0x57454250) {
            return ImageFormat.WEBP;
        }
        throw new ImageException("This is neither a PNG nor a JPEG nor a WebP file.");
    }

    /**
     * Returns how large the picture is, as its header says, without decoding it.
     *
     * @throws ImageException if it can't be told, or is more than this decoder reads
     */
    public ImageSize size(byte[] file) throws ImageException {
        ImageFormat format = format(file);
        ImageSize size = guarded(format, codec -> codec.size(file));
        if (size.width() < 1 || size.height() < 1) {
            throw new ImageException("The %s file says no size.".formatted(format));
        }
        if (size.pixels() > pixels) {
            throw new ImageException("A picture of %dx%d pixels is larger than the %d megapixels that are read."
                    .formatted(size.width(), size.height(), Math.max(1, pixels / 1_000_000)));
        }
        return size;
    }

    /**
     * Returns the pixels.
     *
     * @throws ImageException if the file is damaged, of an unknown kind, or has too many pixels; nothing of that size
     *     was allocated then
     */
    public RgbImage decode(byte[] file) throws ImageException {
        size(file);
        return guarded(format(file), codec -> codec.decode(file));
    }

    /**
     * Returns the parameters that stand in the file, in order; empty if there are none. Files of other programs yield
     * what they keep under the same keywords.
     *
     * @throws ImageException if the file is damaged or of an unknown kind
     */
    public Map<String, String> parameters(byte[] file) throws ImageException {
        return guarded(format(file), codec -> codec.parameters(file));
    }

    private <T> T guarded(ImageFormat format, Reading<T> reading) throws ImageException {
        try {
            return reading.from(codecs.get(format));
        } catch (RuntimeException damaged) {
            // the decoders meet damage with all kinds of exceptions
            throw new ImageException("The %s file is damaged.".formatted(format), damaged);
        }
    }

    private interface Reading<T> {
        T from(ImageCodec codec) throws ImageException;
    }
}
