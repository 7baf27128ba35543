package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets a VAE's decoder answer with bytes instead of floats: the conversion then runs where the network does, on all of its
 * threads, and a GPU hands over a quarter of the bytes. See {@code DecodingBenchmark}.
 */
final class PicturePatch {

    /** Output of the patched graph: bytes of red, green, blue, {@code [batch, height, width, 3]}. */
    static final String BYTES = "darkroom_rgb";

    /** Output of the patched graph: a number that is finite if all of the network's are. */
    static final String SUM = "darkroom_sum";

    private static final int FLOAT = 1;
    private static final int UINT8 = 2;
    private static final int ATTRIBUTE_NUMBER = 2;
    private static final int ATTRIBUTE_NUMBERS = 7;

    private PicturePatch() {}

    /**
     * Returns the patched graph.
     *
     * @param output name of the pictures, {@code [batch, 3, height, width]}, -1 to 1
     * @return null if there is no such output, or the weights lie behind links
     */
    static @Nullable GraphPatch of(Path file, String output) throws ModelException {
        GraphOutline outline = GraphOutline.read(file);
        Field pictures = null;
        for (Field field : outline.graph()) {
            if (field.number() == GraphOutline.GRAPH_OUTPUT
                    && GraphOutline.name(field, 1).equals(output)) {
                pictures = field;
            }
        }
        GraphPatch.Builder patch = pictures == null ? null : GraphPatch.Builder.of(file, outline);
        if (pictures == null || patch == null) {
            return null;
        }
        String floats = output;
        if (GraphOutline.elementType(pictures) != FLOAT) {
            floats = "darkroom_floats";
            patch.append(GraphOutline.GRAPH_NODE, node("Cast", floats, output).message(5, number("to", FLOAT)));
        }
        // (x + 1) * 127.5, and half for rounding; what is cast loses its fraction
        constant(patch, "darkroom_half", 127.5f);
        constant(patch, "darkroom_middle", 128f);
        constant(patch, "darkroom_least", 0f);
        constant(patch, "darkroom_most", 255f);
        patch.append(GraphOutline.GRAPH_NODE, node("Mul", "darkroom_wide", floats, "darkroom_half"))
                .append(GraphOutline.GRAPH_NODE, node("Add", "darkroom_shifted", "darkroom_wide", "darkroom_middle"))
                .append(GraphOutline.GRAPH_NODE, node("Max", "darkroom_above", "darkroom_shifted", "darkroom_least"))
                .append(GraphOutline.GRAPH_NODE, node("Min", "darkroom_within", "darkroom_above", "darkroom_most"))
                .append(
                        GraphOutline.GRAPH_NODE,
                        node("Cast", "darkroom_planes", "darkroom_within").message(5, number("to", UINT8)))
                .append(
                        GraphOutline.GRAPH_NODE,
                        node("Transpose", BYTES, "darkroom_planes").message(5, channelsLast()))
                .append(GraphOutline.GRAPH_NODE, node("ReduceSum", SUM, floats).message(5, number("keepdims", 0)));
        return patch.dropAll(GraphOutline.GRAPH_OUTPUT)
                .append(GraphOutline.GRAPH_OUTPUT, output(BYTES, UINT8))
                .append(GraphOutline.GRAPH_OUTPUT, output(SUM, FLOAT))
                .build();
    }

    private static void constant(GraphPatch.Builder patch, String name, float value) {
        byte[] raw = ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array();
        patch.append(
                GraphOutline.GRAPH_INITIALIZER,
                new Writer()
                        .number(2, FLOAT)
                        .text(GraphOutline.TENSOR_NAME, name)
                        .raw(GraphOutline.TENSOR_RAW_DATA, raw));
    }

    private static Writer node(String operator, String output, String... inputs) {
        Writer node = new Writer();
        for (String input : inputs) {
            node.text(1, input);
        }
        return node.text(2, output).text(3, output).text(4, operator);
    }

    private static Consumer<Writer> number(String name, long value) {
        return attribute -> attribute.text(1, name).number(3, value).number(20, ATTRIBUTE_NUMBER);
    }

    private static Consumer<Writer> channelsLast() {
        return attribute -> {
            attribute.text(1, "perm");
            for (int axis : new int[] {0, 2, 3, 1}) {
                attribute.number(8, axis);
            }
            attribute.number(20, ATTRIBUTE_NUMBERS);
        };
    }

    private static Writer output(String name, long type) {
        return new Writer().text(1, name).message(2, kind -> kind.message(1, tensor -> tensor.number(1, type)));
    }
}
