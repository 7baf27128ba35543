package dev.darkroom.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes parameters as an EXIF block: a big-endian TIFF structure (TIFF 6.0, section 2; EXIF 2.32, section 4.6) whose
 * texts are UTF-8. The comment stands in two directories, whose entries share its bytes, so that every reader finds it
 * where it looks, at the price of 18 bytes. It has no character code before it, because Fooocus reads none.
 */
final class ExifWriter {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int HEADER = 8;
    private static final int ENTRY = 12;
    private static final int ASCII = 2;
    private static final int LONG = 4;
    private static final int UNDEFINED = 7;

    private ExifWriter() {}

    /** Returns the block, which begins with the TIFF header. */
    static byte[] write(Map<String, String> parameters) {
        Map<ExifTag, byte[]> values = valuesOf(parameters);
        boolean comment = values.containsKey(ExifTag.USER_COMMENT);
        int entries = values.size() + (comment ? 1 : 0);
        int first = HEADER;
        int exif = first + 2 + entries * ENTRY + 4;
        int at = exif + (comment ? 2 + ENTRY + 4 : 0);
        int length = at + values.values().stream().mapToInt(ExifWriter::room).sum();

        ByteBuffer block = ByteBuffer.allocate(length);
        block.put((byte) 'M').put((byte) 'M').putShort((short) 42).putInt(first).putShort((short) entries);
        for (Map.Entry<ExifTag, byte[]> value : values.entrySet()) {
            // entries are ordered by their tag, and the pointer comes before the last two of ours
            if (comment && value.getKey() == firstAfterPointer(values)) {
                entry(block, ExifTag.EXIF_DIRECTORY, LONG, 1).putInt(exif);
            }
            entry(block, value.getKey().code(), ASCII, value.getValue().length);
            place(block, value.getValue(), at);
            if (value.getKey() == ExifTag.USER_COMMENT) {
                int position = block.position();
                block.position(exif).putShort((short) 1);
                entry(block, ExifTag.USER_COMMENT.code(), UNDEFINED, value.getValue().length - 1);
                place(block, value.getValue(), at);
                block.position(position);
            }
            at += room(value.getValue());
        }
        return block.array();
    }

    private static ExifTag firstAfterPointer(Map<ExifTag, byte[]> values) {
        return values.containsKey(ExifTag.MAKER_NOTE) ? ExifTag.MAKER_NOTE : ExifTag.USER_COMMENT;
    }

    /** Values of up to four bytes stand in the entry itself. */
    private static void place(ByteBuffer block, byte[] value, int at) {
        if (value.length <= 4) {
            block.putInt(ByteBuffer.allocate(4).put(value).getInt(0));
        } else {
            block.putInt(at);
            block.put(at, value);
        }
    }

    /** Values begin at even places. */
    private static int room(byte[] value) {
        return value.length + (value.length & 1);
    }

    private static ByteBuffer entry(ByteBuffer block, int tag, int type, int count) {
        return block.putShort((short) tag).putShort((short) type).putInt(count);
    }

    private static Map<ExifTag, byte[]> valuesOf(Map<String, String> parameters) {
        Map<ExifTag, byte[]> values = new EnumMap<>(ExifTag.class);
        Map<String, String> others = new LinkedHashMap<>();
        parameters.forEach((keyword, text) -> {
            ExifTag tag = ExifTag.ofKeyword(keyword);
            if (tag == ExifTag.IMAGE_DESCRIPTION) {
                others.put(keyword, text);
            } else {
                values.put(tag, terminated(text));
            }
        });
        if (!others.isEmpty()) {
            try {
                values.put(ExifTag.IMAGE_DESCRIPTION, terminated(JSON.writeValueAsString(others)));
            } catch (JsonProcessingException impossible) {
                throw new IllegalStateException("a map of texts is always JSON", impossible);
            }
        }
        return values;
    }

    private static byte[] terminated(String text) {
        return (text.replace("\0", "") + '\0').getBytes(StandardCharsets.UTF_8);
    }
}
