package dev.darkroom.image;

import ar.com.hjg.pngj.ImageInfo;
import ar.com.hjg.pngj.ImageLineByte;
import ar.com.hjg.pngj.PngReaderByte;
import ar.com.hjg.pngj.PngWriter;
import ar.com.hjg.pngj.PngjException;
import ar.com.hjg.pngj.chunks.ChunkLoadBehaviour;
import ar.com.hjg.pngj.chunks.PngChunkITXT;
import ar.com.hjg.pngj.chunks.PngChunkTEXT;
import ar.com.hjg.pngj.chunks.PngChunkTextVar;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** PNG: 8-bit RGB out; any depth, palette, interlacing in. */
final class PngCodec implements ImageCodec {

    /** How every PNG file begins. */
    static final long SIGNATURE = 0x89504E470D0A1A0AL;

    private static final int IHDR = 0x49484452;
    /** Length, type and checksum around a chunk's data. */
    private static final int CHUNK_FRAME = 12;

    private final PngEffort effort;

    PngCodec(PngEffort effort) {
        this.effort = effort;
    }

    @Override
    public byte[] encode(RgbImage picture, Map<String, String> parameters) {
        int stride = picture.width() * 3;
        ByteArrayOutputStream out = new ByteArrayOutputStream(picture.rgb().length / 2 + 1024);
        PngWriter writer = new PngWriter(out, new ImageInfo(picture.width(), picture.height(), 8, false));
        try {
            writer.setCompLevel(effort.level());
            writer.setFilterType(effort.filter());
            parameters.forEach((keyword, text) -> writer.queueChunk(textChunk(writer.imgInfo, keyword, text)));
            ImageLineByte line = new ImageLineByte(writer.imgInfo);
            for (int y = 0; y < picture.height(); y++) {
                System.arraycopy(picture.rgb(), y * stride, line.getScanline(), 0, stride);
                writer.writeRow(line, y);
            }
            writer.end();
        } finally {
            writer.close();
        }
        return out.toByteArray();
    }

    private static PngChunkTextVar textChunk(ImageInfo info, String keyword, String text) {
        PngChunkTextVar chunk = StandardCharsets.US_ASCII.newEncoder().canEncode(text)
                ? new PngChunkTEXT(info)
                : new PngChunkITXT(info);
        // the format ends texts with zeros, so they can't hold any
        chunk.setKeyVal(keyword, text.replace("\0", ""));
        // before the pixels: readers such as Pillow, and with it Fooocus, look no further when they open a file
        chunk.setPriority(true);
        return chunk;
    }

    @Override
    public ImageSize size(byte[] file) throws ImageException {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        if (file.length < 33 || bytes.getLong(0) != SIGNATURE || bytes.getInt(12) != IHDR) {
            throw new ImageException("The PNG file has no header.");
        }
        return new ImageSize(bytes.getInt(16), bytes.getInt(20));
    }

    @Override
    public RgbImage decode(byte[] file) throws ImageException {
        checkChunks(file);
        PngReaderByte reader = new PngReaderByte(new ByteArrayInputStream(file));
        try {
            reader.setChunkLoadBehaviour(ChunkLoadBehaviour.LOAD_CHUNK_MOST_IMPORTANT);
            ImageInfo info = reader.imgInfo;
            byte[] rgb = new byte[info.rows * info.cols * 3];
            PngRows rows = null;
            for (int y = 0; y < info.rows; y++) {
                ImageLineByte line = (ImageLineByte) reader.readRow(y);
                if (rows == null) {
                    rows = new PngRows(
                            info,
                            reader.getMetadata().getPLTE(),
                            reader.getMetadata().getTRNS());
                }
                rows.convert(line, rgb, y * info.cols * 3);
            }
            reader.end();
            return new RgbImage(info.cols, info.rows, rgb);
        } catch (PngjException damaged) {
            throw new ImageException("The PNG file is damaged.", damaged);
        } finally {
            reader.close();
        }
    }

    /** A chunk's length is the file's word: the reader would set aside so much memory before it looks for the data. */
    private static void checkChunks(byte[] file) throws ImageException {
        ByteBuffer bytes = ByteBuffer.wrap(file);
        int at = Long.BYTES;
        while (at + CHUNK_FRAME <= file.length) {
            int length = bytes.getInt(at);
            if (length < 0 || length > file.length - at - CHUNK_FRAME) {
                throw new ImageException("The PNG file is damaged.");
            }
            at += CHUNK_FRAME + length;
        }
    }

    @Override
    public Map<String, String> parameters(byte[] file) {
        return new PngTexts(file).read();
    }
}
