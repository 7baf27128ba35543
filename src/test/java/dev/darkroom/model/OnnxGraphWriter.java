package dev.darkroom.model;

import ai.onnxruntime.platform.Fp16Conversions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Builds an ONNX graph node by node and writes it as a file: operator set 17, format version 8. */
final class OnnxGraphWriter {
    static final int FLOAT = 1;
    static final int INT32 = 6;
    static final int INT64 = 7;
    static final int FLOAT16 = 10;

    private final Protobuf graph = new Protobuf();
    private final Random random;
    private final boolean halfWeights;
    private int names;

    /**
     * @param seed of the random weights
     * @param halfWeights store weights in 16 bits, each followed by a Cast
     */
    OnnxGraphWriter(long seed, boolean halfWeights) {
        this.random = new Random(seed);
        this.halfWeights = halfWeights;
    }

    /** Declares an input; a dimension is a number or a name. */
    String input(String name, int type, Object... dimensions) {
        graph.message(11, valueInfo(name, type, dimensions));
        return name;
    }

    /** Declares a value as an output, under a name of its own. */
    void output(String value, String name, int type, Object... dimensions) {
        nodeInto(name, "Identity", List.of(value));
        graph.message(12, valueInfo(name, type, dimensions));
    }

    /** Adds a node with one output and returns the output's name. */
    String node(String operator, List<String> inputs, Protobuf... attributes) {
        return nodeInto(fresh(), operator, inputs, attributes);
    }

    private String nodeInto(String output, String operator, List<String> inputs, Protobuf... attributes) {
        Protobuf node = new Protobuf();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, output).text(3, output + "_" + operator).text(4, operator);
        for (Protobuf attribute : attributes) {
            node.message(5, attribute);
        }
        graph.message(1, node);
        return output;
    }

    /** Adds normally distributed weights. */
    String weights(double deviation, int... dimensions) {
        int count = 1;
        for (int dimension : dimensions) {
            count *= dimension;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return constant(values, dimensions);
    }

    /** Adds constant weights. */
    String constant(float[] values, int... dimensions) {
        if (halfWeights) {
            ByteBuffer half = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                half.putShort(Fp16Conversions.floatToFp16(value));
            }
            return node("Cast", List.of(initializer(FLOAT16, half.array(), dimensions)), integer("to", FLOAT));
        }
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putFloat(value);
        }
        return initializer(FLOAT, data.array(), dimensions);
    }

    String scalar(double value) {
        return constant(new float[] {(float) value}, 1);
    }

    /** Adds a vector of 64-bit integers, such as a shape. */
    String integers(long... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            data.putLong(value);
        }
        return initializer(INT64, data.array(), values.length);
    }

    /** Adds a 64-bit integer of rank 0. */
    String integer(long value) {
        return initializer(
                INT64,
                ByteBuffer.allocate(8)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(value)
                        .array());
    }

    private String initializer(int type, byte[] data, int... dimensions) {
        String name = fresh();
        Protobuf tensor = new Protobuf();
        for (int dimension : dimensions) {
            tensor.number(1, dimension);
        }
        graph.message(5, tensor.number(2, type).text(8, name).raw(9, data));
        return name;
    }

    static Protobuf integer(String name, long value) {
        return new Protobuf().text(1, name).number(3, value).number(20, 2);
    }

    static Protobuf integers(String name, long... values) {
        Protobuf attribute = new Protobuf().text(1, name);
        for (long value : values) {
            attribute.number(8, value);
        }
        return attribute.number(20, 7);
    }

    static Protobuf text(String name, String value) {
        return new Protobuf().text(1, name).text(4, value).number(20, 3);
    }

    void write(Path file) throws IOException {
        graph.text(2, "tiny");
        Protobuf model = new Protobuf()
                .number(1, 8)
                .text(2, "darkroom-tests")
                .message(7, graph)
                .message(8, new Protobuf().text(1, "").number(2, 17));
        Files.createDirectories(file.getParent());
        Files.write(file, model.toBytes());
    }

    private static Protobuf valueInfo(String name, int type, Object... dimensions) {
        Protobuf shape = new Protobuf();
        for (Object dimension : dimensions) {
            shape.message(
                    1,
                    dimension instanceof Number number
                            ? new Protobuf().number(1, number.longValue())
                            : new Protobuf().text(2, dimension.toString()));
        }
        Protobuf tensor = new Protobuf().number(1, type).message(2, shape);
        return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensor));
    }

    private String fresh() {
        return "v" + names++;
    }
}
