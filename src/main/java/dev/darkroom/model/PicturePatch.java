package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.nio.file.Path;
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
        if (GraphOutline.elementType(pictures) != OnnxProto.FLOAT) {
            floats = "darkroom_floats";
            patch.append(GraphOutline.GRAPH_NODE, cast(floats, output, OnnxProto.FLOAT));
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
                .append(GraphOutline.GRAPH_NODE, cast("darkroom_planes", "darkroom_within", OnnxProto.UINT8))
                .append(
                        GraphOutline.GRAPH_NODE,
                        OnnxProto.withNumbers(node("Transpose", BYTES, "darkroom_planes"), "perm", 0, 2, 3, 1))
                .append(GraphOutline.GRAPH_NODE, OnnxProto.withNumber(node("ReduceSum", SUM, floats), "keepdims", 0));
        return patch.dropAll(GraphOutline.GRAPH_OUTPUT)
                .append(GraphOutline.GRAPH_OUTPUT, OnnxProto.value(BYTES, OnnxProto.UINT8))
                .append(GraphOutline.GRAPH_OUTPUT, OnnxProto.value(SUM, OnnxProto.FLOAT))
                .build();
    }

    private static void constant(GraphPatch.Builder patch, String name, float value) {
        patch.append(GraphOutline.GRAPH_INITIALIZER, OnnxProto.floats(name, new long[0], value));
    }

    private static Writer cast(String output, String input, long type) {
        return OnnxProto.withNumber(node("Cast", output, input), "to", type);
    }

    private static Writer node(String operator, String output, String... inputs) {
        return OnnxProto.node(operator, output, inputs);
    }
}
