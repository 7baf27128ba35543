package dev.darkroom.worker;

import dev.darkroom.model.AddedConditions;
import dev.darkroom.model.Conditioning;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What an image's prompts were encoded to, as bytes: a version, the hash of the model's weights, then both texts, numbers
 * big-endian. Another node encodes the same text to other last bits; with these it makes the same picture.
 *
 * @param weightsHash of the model that encoded them
 * @param texts joined, before the step loop adds what changes from step to step
 */
record EncodedInput(String weightsHash, JoinedTexts texts) {

    private static final byte VERSION = 1;

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeUTF(weightsHash);
            write(out, texts.positive());
            Conditioning negative = texts.negative();
            out.writeBoolean(negative != null);
            if (negative != null) {
                write(out, negative);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException("arrays in memory can't be written", impossible);
        }
        return bytes.toByteArray();
    }

    /** @throws IllegalArgumentException if the bytes are not what {@link #toBytes} makes */
    static EncodedInput fromBytes(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readByte();
            if (version != VERSION) {
                throw new IllegalArgumentException("encoded prompts of version " + version + " can't be read");
            }
            String weightsHash = in.readUTF();
            Conditioning positive = readText(in);
            Conditioning negative = in.readBoolean() ? readText(in) : null;
            return new EncodedInput(weightsHash, new JoinedTexts(positive, negative));
        } catch (IOException broken) {
            throw new IllegalArgumentException("these bytes are no encoded prompts", broken);
        }
    }

    private static void write(DataOutputStream out, Conditioning text) throws IOException {
        out.writeInt(text.tokens());
        out.writeInt(text.width());
        write(out, text.hiddenStates());
        write(out, text.added().pooled());
        write(out, text.added().channels());
    }

    private static void write(DataOutputStream out, float @Nullable [] values) throws IOException {
        out.writeInt(values == null ? -1 : values.length);
        if (values != null) {
            ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES);
            buffer.asFloatBuffer().put(values);
            out.write(buffer.array());
        }
    }

    private static Conditioning readText(DataInputStream in) throws IOException {
        int tokens = in.readInt();
        int width = in.readInt();
        float[] states = readFloats(in);
        float[] pooled = readFloats(in);
        float[] channels = readFloats(in);
        if (states == null) {
            throw new IOException("a text without numbers");
        }
        return new Conditioning(states, tokens, width, new AddedConditions(pooled, null, null, channels), null);
    }

    private static float @Nullable [] readFloats(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0) {
            return null;
        }
        if ((long) length * Float.BYTES > in.available()) {
            throw new IOException("a length is out of range");
        }
        byte[] bytes = new byte[length * Float.BYTES];
        in.readFully(bytes);
        float[] values = new float[length];
        ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
        return values;
    }
}
