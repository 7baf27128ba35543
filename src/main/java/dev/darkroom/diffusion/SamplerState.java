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
 * @param registers further numbers, by the sampler's own order; empty before the first step
 */
record SamplerState(
        String sampler,
        long seed,
        int step,
        int stage,
        double[] sigmas,
        float[] latent,
        float[][] memory,
        double[] registers) {

    private static final byte VERSION = 2;

    /** The state of a sampler that has not begun. */
    static SamplerState fresh(String sampler, long seed, double[] sigmas, float[] latent) {
        return new SamplerState(sampler, seed, 0, 0, sigmas, latent, new float[0][], new double[0]);
    }

    byte[] toBytes() {
        int size = 64 + 8 * (sigmas.length + registers.length) + 4 * latent.length * (1 + memory.length);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(size);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeUTF(sampler);
            out.writeLong(seed);
            out.writeInt(step);
            out.writeInt(stage);
            write(out, sigmas);
            out.writeInt(latent.length);
            write(out, latent);
            out.writeInt(memory.length);
            for (float[] slot : memory) {
                write(out, slot);
            }
            write(out, registers);
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
            double[] sigmas = readDoubles(in);
            float[] latent = new float[length(in, Float.BYTES)];
            read(in, latent);
            float[][] memory = new float[length(in, Float.BYTES)][];
            for (int i = 0; i < memory.length; i++) {
                memory[i] = new float[latent.length];
                read(in, memory[i]);
            }
            double[] registers = readDoubles(in);
            if (in.available() > 0 || step < 0 || step >= sigmas.length || stage < 0) {
                throw new IOException("fields contradict each other");
            }
            return new SamplerState(sampler, seed, step, stage, sigmas, latent, memory, registers);
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

    private static void write(DataOutputStream out, double[] values) throws IOException {
        out.writeInt(values.length);
        for (double value : values) {
            out.writeDouble(value);
        }
    }

    private static double[] readDoubles(DataInputStream in) throws IOException {
        double[] values = new double[length(in, Double.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = in.readDouble();
        }
        return values;
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
