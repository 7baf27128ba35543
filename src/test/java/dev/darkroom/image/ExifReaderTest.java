package dev.darkroom.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExifReaderTest {

    @Test
    void commentsOfOtherProgramsAreReadInEitherByteOrder() {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            Charset unicode = order == ByteOrder.BIG_ENDIAN ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
            assertThat(ExifReader.read(block(order, "UNICODE\0", "Käse 猫".getBytes(unicode))))
                    .isEqualTo(Map.of("parameters", "Käse 猫"));
            assertThat(ExifReader.read(block(order, "ASCII\0\0\0", "cat".getBytes(StandardCharsets.US_ASCII))))
                    .isEqualTo(Map.of("parameters", "cat"));
            assertThat(ExifReader.read(block(order, "", "Käse, no code".getBytes(StandardCharsets.UTF_8))))
                    .isEqualTo(Map.of("parameters", "Käse, no code"));
        }
    }

    @Test
    void theCommentStandsInBothDirectoriesAndItsBytesOnce() {
        byte[] block = ExifWriter.write(Map.of("parameters", "a cat in the rain", "fooocus_scheme", "fooocus"));
        String text = new String(block, StandardCharsets.ISO_8859_1);
        assertThat(text.indexOf("a cat in the rain")).isPositive().isEqualTo(text.lastIndexOf("a cat in the rain"));

        ByteBuffer bytes = ByteBuffer.wrap(block);
        assertThat(bytes.getInt(0)).isEqualTo(0x4D4D002A);
        int first = bytes.getInt(4);
        assertThat(bytes.getShort(first)).isEqualTo((short) 3);
        int[] tags = {0x8769, 0x927C, 0x9286};
        for (int i = 0; i < tags.length; i++) {
            assertThat(bytes.getShort(first + 2 + i * 12) & 0xffff).isEqualTo(tags[i]);
        }
        int exif = bytes.getInt(first + 2 + 8);
        assertThat(bytes.getShort(exif)).isEqualTo((short) 1);
        assertThat(bytes.getShort(exif + 2) & 0xffff).isEqualTo(0x9286);
        assertThat(bytes.getInt(exif + 10)).isEqualTo(bytes.getInt(first + 2 + 24 + 8));
    }

    @Test
    void garbageReadsAsNothing() {
        assertThat(ExifReader.read(new byte[0])).isEmpty();
        assertThat(ExifReader.read(new byte[64])).isEmpty();
        byte[] lost = ByteBuffer.allocate(16)
                .putInt(0x4D4D002A)
                .putInt(Integer.MAX_VALUE - 3)
                .array();
        assertThat(ExifReader.read(lost)).isEmpty();
    }

    /** A block with one comment in the EXIF directory. */
    private static byte[] block(ByteOrder order, String code, byte[] text) {
        int count = code.length() + text.length;
        ByteBuffer block = ByteBuffer.allocate(44 + count).order(order);
        block.putShort((short) (order == ByteOrder.BIG_ENDIAN ? 0x4D4D : 0x4949))
                .putShort((short) 42)
                .putInt(8);
        block.putShort((short) 1)
                .putShort((short) 0x8769)
                .putShort((short) 4)
                .putInt(1)
                .putInt(26)
                .putInt(0);
        block.putShort((short) 1)
                .putShort((short) 0x9286)
                .putShort((short) 7)
                .putInt(count)
                .putInt(44)
                .putInt(0);
        block.put(code.getBytes(StandardCharsets.US_ASCII)).put(text);
        return block.array();
    }
}
