package dev.darkroom.model;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Memory for one input or output of a network, kept between calls: it only grows, and the tensor over it is made anew
 * only when the shape changes. Numbers are converted to and from the type that the graph wants.
 */
final class TensorSlot implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OnnxJavaType type;
    private ByteBuffer memory = allocate(0);
    private long[] shape = {};
    private @Nullable OnnxTensor tensor;

    /** @throws ModelException if numbers can't be converted to this type */
    TensorSlot(OrtEnvironment environment, OnnxJavaType type, String name) throws ModelException {
        switch (type) {
            case FLOAT, FLOAT16, INT32, INT64, DOUBLE, BOOL -> {}
            default -> throw new ModelException("\"%s\" has the type %s, which is not supported".formatted(name, type));
        }
        this.environment = environment;
        this.type = type;
    }

    private TensorSlot(OrtEnvironment environment) {
        this.environment = environment;
        this.type = OnnxJavaType.UINT8;
    }

    /** Makes one for an output of bytes, which {@link #get(byte[])} reads. */
    static TensorSlot ofBytes(OrtEnvironment environment) {
        return new TensorSlot(environment);
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** Returns the tensor of a shape, to be filled by {@link #put} before a call or read by {@link #get} after it. */
    OnnxTensor shaped(long... wanted) throws ModelException {
        OnnxTensor present = tensor;
        if (present != null && Arrays.equals(shape, wanted)) {
            return present;
        }
        long bytes = type.size;
        for (long dimension : wanted) {
            bytes *= dimension;
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new ModelException("A tensor of %s is too large".formatted(Arrays.toString(wanted)));
        }
        close();
        if (memory.capacity() < bytes) {
            memory = allocate((int) bytes);
        }
        memory.clear().limit((int) bytes);
        try {
            OnnxTensor made = OnnxTensor.createTensor(environment, memory, wanted, type);
            tensor = made;
            shape = wanted.clone();
            return made;
        } catch (OrtException e) {
            throw OnnxMessage.failure("A tensor can't be made", e);
        }
    }

    /** Writes numbers from an element on. */
    void put(int at, float[] values, int count) {
        switch (type) {
            case FLOAT -> memory.asFloatBuffer().put(at, values, 0, count);
            default -> {
                for (int i = 0; i < count; i++) {
                    put(at + i, values[i]);
                }
            }
        }
    }

    /** Writes a number, rounded where the graph wants whole ones. */
    void put(int at, float value) {
        switch (type) {
            case FLOAT -> memory.putFloat(at * 4, value);
            case DOUBLE -> memory.putDouble(at * 8, value);
            case FLOAT16 -> memory.putShort(at * 2, Fp16Conversions.floatToFp16(value));
            case BOOL -> memory.put(at, (byte) (value == 0 ? 0 : 1));
            case INT32 -> memory.putInt(at * 4, Math.round(value));
            default -> memory.putLong(at * 8, Math.round(value));
        }
    }

    /** Reads numbers from an element on. */
    void get(int at, float[] values, int count) {
        switch (type) {
            case FLOAT -> memory.asFloatBuffer().get(at, values, 0, count);
            case DOUBLE -> {
                for (int i = 0; i < count; i++) {
                    values[i] = (float) memory.getDouble((at + i) * 8);
                }
            }
            case FLOAT16 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = Fp16Conversions.fp16ToFloat(memory.getShort((at + i) * 2));
                }
            }
            default -> throw new IllegalStateException("No network answers in " + type);
        }
    }

    /** Reads the first bytes. */
    void get(byte[] values) {
        memory.get(0, values);
    }

    /** Reads the first numbers of another tensor of the same type. */
    void read(OnnxTensor from, float[] values) {
        ByteBuffer own = memory;
        memory = from.getByteBuffer().order(ByteOrder.nativeOrder());
        try {
            get(0, values, values.length);
        } finally {
            memory = own;
        }
    }

    /** Lets go of the tensor; the slot can be used again. */
    @Override
    public void close() {
        if (tensor != null) {
            tensor.close();
            tensor = null;
        }
    }
}
