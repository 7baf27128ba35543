package dev.darkroom.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** The marker segments before a JPEG file's pixels (ITU-T T.81, annex B). */
final class JpegSegments {

    private static final byte[] EXIF = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
    private static final int START_OF_IMAGE = 0xFFD8;
    private static final int JFIF = 0xFFE0;
    private static final int APP1 = 0xFFE1;
    private static final int START_OF_SCAN = 0xFFDA;
    private static final int END_OF_IMAGE = 0xFFD9;
    /** What a segment's length can say, less the two bytes of the length itself. */
    private static final int BOUND = 0xFFFF - 2;

    private final byte[] file;
    private final ByteBuffer bytes;

    /** @throws ImageException if the file does not begin as JPEG */
    JpegSegments(byte[] file) throws ImageException {
        this.file = file;
        this.bytes = ByteBuffer.wrap(file);
        if (file.length < 4 || marker(0) != START_OF_IMAGE) {
            throw new ImageException("The JPEG file has no header.");
        }
    }

    /** Returns the size that the frame header claims. */
    ImageSize size() throws ImageException {
        for (int at = 2; at + 9 <= file.length; at = next(at)) {
            int marker = marker(at);
            boolean frame =
                    marker >= 0xFFC0 && marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 && marker != 0xFFCC;
            if (frame) {
                return new ImageSize(bytes.getShort(at + 7) & 0xffff, bytes.getShort(at + 5) & 0xffff);
            }
            if (marker == START_OF_SCAN) {
                break;
            }
        }
        throw new ImageException("The JPEG file says no size.");
    }

    /** Tells whether the file has an end. Decoders paint the missing part of one without it grey. */
    boolean isWhole() throws ImageException {
        int at = 2;
        while (at + 4 <= file.length && marker(at) != START_OF_SCAN) {
            at = next(at);
        }
        for (int i = file.length - 2; i > at; i--) {
            if (marker(i) == END_OF_IMAGE) {
                return true;
            }
        }
        return false;
    }

    /** Returns the parameters of the first EXIF segment. */
    Map<String, String> parameters() throws ImageException {
        for (int at = 2; at + 4 <= file.length && marker(at) != START_OF_SCAN; at = next(at)) {
            int from = at + 4;
            int end = Math.min(file.length, next(at));
            boolean exif = marker(at) == APP1
                    && end - from >= EXIF.length
                    && Arrays.equals(file, from, from + EXIF.length, EXIF, 0, EXIF.length);
            if (exif) {
                return ExifReader.read(Arrays.copyOfRange(file, from + EXIF.length, end));
            }
        }
        return Map.of();
    }

    /** Returns the file with an EXIF segment behind its JFIF header, or empty if the block is too large for one. */
    Optional<byte[]> withExif(byte[] block) throws ImageException {
        if (block.length + EXIF.length > BOUND) {
            return Optional.empty();
        }
        int at = marker(2) == JFIF ? next(2) : 2;
        int length = block.length + EXIF.length + 2;
        ByteArrayOutputStream out = new ByteArrayOutputStream(file.length + length + 2);
        out.write(file, 0, at);
        out.write(APP1 >> 8);
        out.write(APP1);
        out.write(length >> 8);
        out.write(length);
        out.writeBytes(EXIF);
        out.writeBytes(block);
        out.write(file, at, file.length - at);
        return Optional.of(out.toByteArray());
    }

    private int marker(int at) {
        return bytes.getShort(at) & 0xffff;
    }

    /** Returns where the segment after the one at {@code at} begins. */
    private int next(int at) throws ImageException {
        int marker = marker(at);
        if (marker == 0xFFFF) {
            return at + 1;
        }
        int length = bytes.getShort(at + 2) & 0xffff;
        if (marker < 0xFFC0 || length < 2) {
            throw new ImageException("The JPEG file is damaged.");
        }
        return at + 2 + length;
    }
}
