package dev.darkroom.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The RIFF chunks of a WebP file (RFC 9649, section 2). */
final class WebpContainer {

    private static final int RIFF_HEADER = 12;
    private static final int CHUNK_HEADER = 8;
    private static final int EXTENDED = 10;
    private static final byte HAS_EXIF = 0x08;
    private static final byte[] EXIF_PREFIX = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);

    /** A chunk's place in the file. {@code from} is where its content begins. */
    private record Chunk(String name, int from, int length) {}

    private final byte[] file;
    private final ByteBuffer bytes;
    private final List<Chunk> chunks = new ArrayList<>();

    /** @throws ImageException if the file does not begin as WebP, or a chunk is cut off */
    WebpContainer(byte[] file) throws ImageException {
        this.file = file;
        this.bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < RIFF_HEADER + CHUNK_HEADER || !text(0).equals("RIFF") || !text(8).equals("WEBP")) {
            throw new ImageException("The WebP file has no header.");
        }
        long end = Math.min(file.length, CHUNK_HEADER + (bytes.getInt(4) & 0xffffffffL));
        long at = RIFF_HEADER;
        while (at + CHUNK_HEADER <= end) {
            long length = bytes.getInt((int) at + 4) & 0xffffffffL;
            if (at + CHUNK_HEADER + length > end) {
                throw new ImageException("The WebP file is cut off.");
            }
            chunks.add(new Chunk(text((int) at), (int) at + CHUNK_HEADER, (int) length));
            // chunks are padded to even lengths
            at += CHUNK_HEADER + length + (length & 1);
        }
    }

    /** Returns the size of the picture, which the canvas of an extended file must equal. */
    ImageSize size() throws ImageException {
        if (chunk("ANIM").isPresent() || chunk("ANMF").isPresent()) {
            throw new ImageException("Animated WebP files are not supported.");
        }
        for (Chunk chunk : chunks) {
            if (chunk.name.equals("VP8 ") && chunk.length >= 10) {
                return new ImageSize(bytes.getShort(chunk.from + 6) & 0x3fff, bytes.getShort(chunk.from + 8) & 0x3fff);
            }
            if (chunk.name.equals("VP8L") && chunk.length >= 5) {
                int packed = bytes.getInt(chunk.from + 1);
                return new ImageSize((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1);
            }
        }
        throw new ImageException("The WebP file has no picture.");
    }

    /** Returns the parameters of the EXIF chunk. */
    Map<String, String> parameters() {
        return chunk("EXIF")
                .map(chunk -> {
                    byte[] block = Arrays.copyOfRange(file, chunk.from, chunk.from + chunk.length);
                    // JPEG's prefix does not belong here, and stands in many files
                    return block.length >= 6 && Arrays.equals(block, 0, 6, EXIF_PREFIX, 0, 6)
                            ? ExifReader.read(Arrays.copyOfRange(block, 6, block.length))
                            : ExifReader.read(block);
                })
                .orElse(Map.of());
    }

    /** Returns this file, which must be a simple one, in the extended form with an EXIF chunk at its end. */
    byte[] withExif(byte[] block) throws ImageException {
        ImageSize size = size();
        int length = file.length + CHUNK_HEADER + EXTENDED + CHUNK_HEADER + block.length + (block.length & 1);
        ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(file, 0, RIFF_HEADER).putInt(4, length - CHUNK_HEADER);
        out.put(name("VP8X")).putInt(EXTENDED).putInt(HAS_EXIF);
        put24(out, size.width() - 1);
        put24(out, size.height() - 1);
        out.put(file, RIFF_HEADER, file.length - RIFF_HEADER);
        out.put(name("EXIF")).putInt(block.length).put(block);
        return out.array();
    }

    private static void put24(ByteBuffer out, int number) {
        out.putShort((short) number).put((byte) (number >> 16));
    }

    private Optional<Chunk> chunk(String name) {
        return chunks.stream().filter(chunk -> chunk.name.equals(name)).findFirst();
    }

    private String text(int at) {
        return new String(file, at, 4, StandardCharsets.ISO_8859_1);
    }

    private static byte[] name(String name) {
        return name.getBytes(StandardCharsets.ISO_8859_1);
    }
}
