package dev.darkroom.model;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A message in protobuf's wire format (protobuf.dev, "Encoding"), read where it lies: the weights of a network are
 * passed over, not read.
 *
 * @param file that holds it; only absolute reads, so that one buffer serves all messages
 * @param from first byte
 * @param to byte behind the last
 */
record WireMessage(ByteBuffer file, int from, int to) {

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    /**
     * A field of a message.
     *
     * @param from where its tag starts
     * @param body where its value starts
     * @param to byte behind its value
     * @param value of a number
     */
    record Field(ByteBuffer file, int number, int from, int body, int to, long value) {

        WireMessage message() {
            return new WireMessage(file, body, to);
        }

        int length() {
            return to - body;
        }

        String text() {
            return new String(copy(body, to), StandardCharsets.UTF_8);
        }

        /** Copies the whole field, tag included. */
        void copyTo(ByteArrayOutputStream out) {
            out.writeBytes(copy(from, to));
        }

        private byte[] copy(int start, int end) {
            byte[] bytes = new byte[end - start];
            file.get(start, bytes);
            return bytes;
        }
    }

    /** Returns the fields in order. */
    List<Field> fields() throws ModelException {
        List<Field> fields = new ArrayList<>();
        Cursor cursor = new Cursor(from);
        while (cursor.at < to) {
            int start = cursor.at;
            long tag = cursor.varint();
            int number = (int) (tag >>> 3);
            long value = 0;
            int body = cursor.at;
            switch ((int) tag & 7) {
                case VARINT -> value = cursor.varint();
                case FIXED64 -> cursor.skip(8);
                case FIXED32 -> cursor.skip(4);
                case BYTES -> {
                    long length = cursor.varint();
                    body = cursor.at;
                    cursor.skip(length);
                }
                default -> throw malformed();
            }
            fields.add(new Field(file, number, start, body, cursor.at, value));
        }
        return fields;
    }

    /** Returns the numbers of a repeated field, packed or not. */
    List<Long> numbers(int wanted) throws ModelException {
        List<Long> numbers = new ArrayList<>();
        for (Field field : fields()) {
            if (field.number() == wanted) {
                if ((field.file().get(field.from()) & 7) == VARINT) {
                    numbers.add(field.value());
                } else {
                    Cursor cursor = new Cursor(field.body());
                    while (cursor.at < field.to()) {
                        numbers.add(cursor.varint());
                    }
                }
            }
        }
        return numbers;
    }

    private static ModelException malformed() {
        return new ModelException("it is not an ONNX graph");
    }

    /** A place in the message. */
    private final class Cursor {
        private int at;

        Cursor(int at) {
            this.at = at;
        }

        long varint() throws ModelException {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (at >= to) {
                    throw malformed();
                }
                byte next = file.get(at++);
                value |= (long) (next & 0x7F) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw malformed();
        }

        void skip(long length) throws ModelException {
            if (length < 0 || length > to - at) {
                throw malformed();
            }
            at += (int) length;
        }
    }

    /** Writes a message. */
    static final class Writer {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Writer number(int field, long value) {
            varint((long) field << 3);
            varint(value);
            return this;
        }

        Writer text(int field, String value) {
            return raw(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Writer message(int field, Consumer<Writer> content) {
            Writer inner = new Writer();
            content.accept(inner);
            return message(field, inner);
        }

        Writer message(int field, Writer content) {
            return raw(field, content.toBytes());
        }

        Writer copy(Field field) {
            field.copyTo(bytes);
            return this;
        }

        /** Copies all fields of another message. */
        Writer copy(Writer other) {
            bytes.writeBytes(other.toBytes());
            return this;
        }

        byte[] toBytes() {
            return bytes.toByteArray();
        }

        Writer raw(int field, byte[] value) {
            varint((long) field << 3 | BYTES);
            varint(value.length);
            bytes.writeBytes(value);
            return this;
        }

        private void varint(long value) {
            long rest = value;
            while ((rest & ~0x7FL) != 0) {
                bytes.write((int) (rest & 0x7F | 0x80));
                rest >>>= 7;
            }
            bytes.write((int) rest);
        }
    }
}
