package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes the parts of a graph, as onnx.proto numbers their fields. */
final class OnnxProto {

    /** TensorProto.DataType: 32-bit floats. */
    static final int FLOAT = 1;

    /** TensorProto.DataType: bytes from 0 to 255. */
    static final int UINT8 = 2;

    /** TensorProto.DataType: 64-bit integers. */
    static final int INT64 = 7;

    private static final int NODE_ATTRIBUTE = 5;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_INTS = 7;
    private static final int TENSOR_TYPE = 2;

    private OnnxProto() {}

    /** Returns a NodeProto, which is called like its only output. */
    static Writer node(String operator, String output, String... inputs) {
        Writer node = new Writer();
        for (String input : inputs) {
            node.text(1, input);
        }
        return node.text(2, output).text(3, output).text(4, operator);
    }

    /** Gives a node a number as attribute. */
    static Writer withNumber(Writer node, String attribute, long value) {
        return node.message(
                NODE_ATTRIBUTE,
                proto -> proto.text(1, attribute).number(3, value).number(20, ATTRIBUTE_INT));
    }

    /** Gives a node a list of numbers as attribute. */
    static Writer withNumbers(Writer node, String attribute, long... values) {
        return node.message(NODE_ATTRIBUTE, proto -> {
            proto.text(1, attribute);
            for (long value : values) {
                proto.number(8, value);
            }
            proto.number(20, ATTRIBUTE_INTS);
        });
    }

    /** Returns a TensorProto of 32-bit floats; one without dimensions has one number. */
    static Writer floats(String name, long[] dimensions, float... values) {
        ByteBuffer raw = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asFloatBuffer().put(values);
        return tensor(name, FLOAT, dimensions, raw.array());
    }

    /** Returns a TensorProto of 64-bit integers in one dimension. */
    static Writer integers(String name, long... values) {
        ByteBuffer raw = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(values);
        return tensor(name, INT64, new long[] {values.length}, raw.array());
    }

    private static Writer tensor(String name, int type, long[] dimensions, byte[] raw) {
        Writer tensor = new Writer();
        for (long dimension : dimensions) {
            tensor.number(GraphOutline.TENSOR_DIMENSIONS, dimension);
        }
        return tensor.number(TENSOR_TYPE, type)
                .text(GraphOutline.TENSOR_NAME, name)
                .raw(GraphOutline.TENSOR_RAW_DATA, raw);
    }

    /** Returns a ValueInfoProto that does not tell a shape. */
    static Writer value(String name, long type) {
        return new Writer().text(1, name).message(2, kind -> kind.message(1, tensor -> tensor.number(1, type)));
    }

    /** Returns a ValueInfoProto whose dimensions are all open. */
    static Writer value(String name, long type, int rank) {
        return new Writer()
                .text(1, name)
                .message(
                        2,
                        kind -> kind.message(
                                1,
                                tensor -> tensor.number(1, type).message(2, shape -> {
                                    for (int axis = 0; axis < rank; axis++) {
                                        shape.message(1, dimension -> {});
                                    }
                                })));
    }
}
