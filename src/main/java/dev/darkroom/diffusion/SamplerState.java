package dev.darkroom.diffusion;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/**
 * All that a sampler needs to go on, as bytes: a version, then the fields in this order, numbers big-endian.
 *
 * @param sampler Fooocus' name
 * @param seed the image's
 * @param step how many steps are done
 * @param stage which of a step's model calls is next, from 0
 * @param sigmas noise levels, falling, the last one 0
 * @param latent as it stands
 * @param memory further latents, by the sampler's own order; empty before the first step
 */
record SamplerState(String sampler, long seed, int step, int stage, double[] sigmas, float[] latent, float[][] memory) {

    private static final byte VERSION = 1;

    byte[] toBytes() {
        int size = 64 + 8 * sigmas.length + 4 * latent.length * (1 + memory.length);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(size);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeUTF(sampler);
            out.writeLong(seed);
            out.writeInt(step);
            out.writeInt(stage);
            out.writeInt(sigmas.length);
            for (double sigma : sigmas) {
                out.writeDouble(sigma);
            }
            out.writeInt(latent.length);
            write(out, latent);
            out.writeInt(memory.length);
            for (float[] slot : memory) {
                write(out, slot);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory can't be written", e);
        }
        return bytes.toByteArray();
    }

    /** @throws IllegalArgumentException if the bytes are not what {@link #toBytes} makes */
    static SamplerState fromBytes(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readByte();
            if (version != VERSION) {
                throw new IllegalArgumentException("a sampler's state of version " + version + " can't be read");
            }
            String sampler = in.readUTF();
            long seed = in.readLong();
            int step = in.readInt();
            int stage = in.readInt();
            double[] sigmas = new double[length(in, Double.BYTES)];
            for (int i = 0; i < sigmas.length; i++) {
                sigmas[i] = in.readDouble();
            }
            float[] latent = new float[length(in, Float.BYTES)];
            read(in, latent);
            float[][] memory = new float[length(in, Float.BYTES)][];
            for (int i = 0; i < memory.length; i++) {
                memory[i] = new float[latent.length];
                read(in, memory[i]);
            }
            if (in.available() > 0 || step < 0 || step >= sigmas.length || stage < 0) {
                throw new IOException("fields contradict each other");
            }
            return new SamplerState(sampler, seed, step, stage, sigmas, latent, memory);
        } catch (IOException e) {
            throw new IllegalArgumentException("these bytes are not a sampler's state", e);
        }
    }

    private static int length(DataInputStream in, int unit) throws IOException {
        int length = in.readInt();
        if (length < 0 || (long) length * unit > in.available()) {
            throw new IOException("a length is out of range");
        }
        return length;
    }

    private static void write(DataOutputStream out, float[] values) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * Float.BYTES);
        buffer.asFloatBuffer().put(values);
        out.write(buffer.array());
    }

    private static void read(DataInputStream in, float[] values) throws IOException {
        byte[] bytes = new byte[values.length * Float.BYTES];
        in.readFully(bytes);
        ByteBuffer.wrap(bytes).asFloatBuffer().get(values);
    }
}
