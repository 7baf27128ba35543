package dev.darkroom.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads parameters from an EXIF block, ours or another program's: of either byte order, the comment in either
 * directory, with or without one of EXIF's character codes. What can't be read is left out.
 */
final class ExifReader {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<LinkedHashMap<String, String>> TEXTS = new TypeReference<>() {};
    private static final int CHARACTER_CODE = 8;

    private final ByteBuffer block;
    private final Map<ExifTag, String> values = new LinkedHashMap<>();

    private ExifReader(ByteBuffer block) {
        this.block = block;
    }

    /** Returns the parameters of a block that begins with the TIFF header. */
    static Map<String, String> read(byte[] bytes) {
        ExifReader reader = new ExifReader(ByteBuffer.wrap(bytes));
        try {
            reader.readBlock();
        } catch (IndexOutOfBoundsException damaged) {
            // what was read before the damage is kept
        }
        return reader.parameters();
    }

    private void readBlock() {
        block.order(block.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        if (block.getShort(2) == 42) {
            readDirectory(block.getInt(4), true);
        }
    }

    private void readDirectory(int at, boolean first) {
        int entries = block.getShort(at) & 0xffff;
        int exif = 0;
        for (int i = 0; i < entries; i++) {
            int entry = at + 2 + i * 12;
            int code = block.getShort(entry) & 0xffff;
            if (code == ExifTag.EXIF_DIRECTORY && first) {
                exif = block.getInt(entry + 8);
            } else if (first || code == ExifTag.USER_COMMENT.code()) {
                // cameras keep bytes of their own in the maker note of the EXIF directory
                ExifTag.ofCode(code).ifPresent(tag -> readValue(tag, entry));
            }
        }
        if (exif != 0) {
            readDirectory(exif, false);
        }
    }

    private void readValue(ExifTag tag, int entry) {
        int count = block.getInt(entry + 4);
        int at = count <= 4 ? entry + 8 : block.getInt(entry + 8);
        if (count < 0 || count > block.capacity()) {
            return;
        }
        byte[] bytes = new byte[count];
        block.get(at, bytes);
        String text = tag == ExifTag.USER_COMMENT ? comment(bytes) : text(bytes, 0, StandardCharsets.UTF_8);
        if (!text.isBlank()) {
            values.putIfAbsent(tag, text);
        }
    }

    private String comment(byte[] bytes) {
        String code =
                bytes.length < CHARACTER_CODE ? "" : new String(bytes, 0, CHARACTER_CODE, StandardCharsets.US_ASCII);
        return switch (code) {
            case "ASCII\0\0\0", "\0\0\0\0\0\0\0\0" -> text(bytes, CHARACTER_CODE, StandardCharsets.UTF_8);
            case "UNICODE\0" ->
                text(
                        bytes,
                        CHARACTER_CODE,
                        block.order() == ByteOrder.BIG_ENDIAN ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE);
            default -> text(bytes, 0, StandardCharsets.UTF_8);
        };
    }

    private static String text(byte[] bytes, int from, Charset charset) {
        String text = new String(bytes, from, bytes.length - from, charset);
        int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }

    private Map<String, String> parameters() {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (ExifTag tag : new ExifTag[] {ExifTag.USER_COMMENT, ExifTag.MAKER_NOTE, ExifTag.SOFTWARE}) {
            @Nullable String text = values.get(tag);
            if (text != null) {
                parameters.put(tag.keyword(), text);
            }
        }
        try {
            JSON.readValue(values.getOrDefault(ExifTag.IMAGE_DESCRIPTION, "{}"), TEXTS)
                    .forEach(parameters::putIfAbsent);
        } catch (JsonProcessingException notOurs) {
            // other programs describe the picture here
        }
        return parameters;
    }
}
