package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Writer;

/**
 * Writes the graph of an {@link EdgePreservingBlur}, as onnx.proto names the fields: nearly 200 small nodes. The 13
 * neighbours that lie in one column are gathered into one tensor, weighed and added up, column by column, so that not all
 * 169 are in memory at once. It takes about 50 times a call's latents, most of it for the 13 neighbours and the 13 columns'
 * sums: 13 MB a row at 4 x 128 x 128.
 *
 * <p>Sums go over the first axis, for which ONNX Runtime has a kernel of its own on CUDA; that is what the order of the axes
 * is for. Where mirrored borders lie is told by indices from outside, so that pictures may be smaller than the window.
 */
final class BlurGraph {

    /** Input: what is blurred, {@code [rows, channels, height, width]}. */
    static final String PICTURE = "picture";

    /** Input: the guide, of the same shape. */
    static final String EDGES = "edges";

    /** Input: for each shift up or down and each position which one it meets, {@code [13, height]}. */
    static final String DOWN = "down";

    /** Input: the columns of a picture with its mirrored borders, {@code [width + 12]}. */
    static final String ACROSS = "across";

    /** Input: the numbers of a row, less one; a scalar. */
    static final String FREEDOM = "freedom";

    /** Output, of the picture's shape. */
    static final String BLURRED = "blurred";

    private static final int FORMAT = 8;
    private static final int OPERATORS = 17;

    private final Writer graph = new Writer();

    private BlurGraph() {}

    /** Returns the whole model, which has no weights beside it. */
    static byte[] model() {
        BlurGraph blur = new BlurGraph();
        blur.write();
        return new Writer()
                .number(1, FORMAT)
                .message(8, set -> set.text(1, "").number(2, OPERATORS))
                .message(GraphOutline.MODEL_GRAPH, graph -> graph.copy(blur.graph))
                .toBytes();
    }

    private void write() {
        graph.text(2, "blur");
        for (int axis = 0; axis <= 3; axis++) {
            integers("axis" + axis, axis);
        }
        scaleGuide();
        // [channels, height, rows, width], so with 12 columns more, and as [channels, 1, height, rows, width]
        transpose("guide_narrow", "scaled", 1, 2, 0, 3);
        gather(3, "guide", "guide_narrow", ACROSS);
        node("Unsqueeze", "centre", "guide_narrow", "axis1");
        // [height, channels + 1, rows, width + 12]. What the weights add up to is the sum of a channel of ones:
        // added up by themselves, ONNX Runtime would make all columns' weights before it uses the first
        integers("one_channel", 0, 0, 0, 0, 0, 1, 0, 0);
        floats("one", new long[0], 1);
        node("Pad", "picture_and_ones", PICTURE, "one_channel", "one");
        transpose("values_narrow", "picture_and_ones", 2, 1, 0, 3);
        gather(3, "values", "values_narrow", ACROSS);
        String[] sums = new String[EdgePreservingBlur.SHIFTS];
        for (int shift = 0; shift < EdgePreservingBlur.SHIFTS; shift++) {
            sums[shift] = "sums_" + shift;
            addColumn(shift);
        }
        node("Sum", "sum", sums);
        integers("first", 0);
        integers("last", -1);
        integers("end", Long.MAX_VALUE);
        node("Slice", "channels", "sum", "first", "last", "axis1");
        node("Slice", "weight", "sum", "last", "end", "axis1");
        node("Div", "mean", "channels", "weight");
        transpose(BLURRED, "mean", 2, 1, 0, 3);
        input(PICTURE, OnnxProto.FLOAT, 4);
        input(EDGES, OnnxProto.FLOAT, 4);
        input(DOWN, OnnxProto.INT64, 2);
        input(ACROSS, OnnxProto.INT64, 1);
        input(FREEDOM, OnnxProto.FLOAT, 0);
        graph.message(GraphOutline.GRAPH_OUTPUT, OnnxProto.value(BLURRED, OnnxProto.FLOAT, 4));
    }

    /** Brings the guide into units in which a difference's square is the exponent. */
    private void scaleGuide() {
        integers("all", 1, 2, 3);
        floats("least", new long[0], (float) EdgePreservingBlur.LEAST_DEVIATION);
        floats("colour", new long[0], (float) (EdgePreservingBlur.COLOUR * Math.sqrt(2)));
        Writer level = OnnxProto.node("ReduceMean", "level", EDGES);
        graph.message(GraphOutline.GRAPH_NODE, OnnxProto.withNumbers(level, "axes", 1, 2, 3));
        node("Sub", "levelled", EDGES, "level");
        node("Mul", "squares", "levelled", "levelled");
        node("ReduceSum", "square", "squares", "all");
        node("Div", "variance", "square", FREEDOM);
        node("Sqrt", "deviation", "variance");
        node("Add", "positive", "deviation", "least");
        node("Mul", "unit", "positive", "colour");
        node("Div", "scaled", "levelled", "unit");
    }

    /** Weighs and adds up the 13 neighbours of each position that lie in one column. */
    private void addColumn(int shift) {
        String at = "_" + shift;
        integers("from" + at, shift);
        integers(
                "to" + at,
                shift == EdgePreservingBlur.SHIFTS - 1 ? Long.MAX_VALUE : shift - EdgePreservingBlur.SHIFTS + 1);
        node("Slice", "guide_column" + at, "guide", "from" + at, "to" + at, "axis3");
        // [channels, 13, height, rows, width]
        gather(1, "neighbours" + at, "guide_column" + at, DOWN);
        node("Sub", "apart" + at, "neighbours" + at, "centre");
        node("Abs", "distances" + at, "apart" + at);
        // [13, height, rows, width]
        sum("distance" + at, "distances" + at, "axis0");
        node("Mul", "fall" + at, "distance" + at, "distance" + at);
        nearness("near" + at, shift - EdgePreservingBlur.RADIUS);
        node("Sub", "exponent" + at, "near" + at, "fall" + at);
        node("Exp", "share" + at, "exponent" + at);
        node("Slice", "column" + at, "values", "from" + at, "to" + at, "axis3");
        // [13, height, channels + 1, rows, width]
        gather(0, "others" + at, "column" + at, DOWN);
        node("Unsqueeze", "shares" + at, "share" + at, "axis2");
        node("Mul", "products" + at, "others" + at, "shares" + at);
        sum("sums" + at, "products" + at, "axis0");
    }

    /** Adds the exponents of the Gaussian's column, {@code [13, 1, 1, 1]}. */
    private void nearness(String name, int x) {
        float[] exponents = new float[EdgePreservingBlur.SHIFTS];
        for (int shift = 0; shift < EdgePreservingBlur.SHIFTS; shift++) {
            int y = shift - EdgePreservingBlur.RADIUS;
            exponents[shift] = (float) (-(x * x + y * y) / (2 * EdgePreservingBlur.SPACE * EdgePreservingBlur.SPACE));
        }
        floats(name, new long[] {EdgePreservingBlur.SHIFTS, 1, 1, 1}, exponents);
    }

    private void floats(String name, long[] dimensions, float... values) {
        graph.message(GraphOutline.GRAPH_INITIALIZER, OnnxProto.floats(name, dimensions, values));
    }

    private void integers(String name, long... values) {
        graph.message(GraphOutline.GRAPH_INITIALIZER, OnnxProto.integers(name, values));
    }

    private void input(String name, int type, int rank) {
        graph.message(GraphOutline.GRAPH_INPUT, OnnxProto.value(name, type, rank));
    }

    private void node(String operator, String output, String... inputs) {
        graph.message(GraphOutline.GRAPH_NODE, OnnxProto.node(operator, output, inputs));
    }

    private void gather(int axis, String output, String input, String indices) {
        Writer node = OnnxProto.node("Gather", output, input, indices);
        graph.message(GraphOutline.GRAPH_NODE, OnnxProto.withNumber(node, "axis", axis));
    }

    private void transpose(String output, String input, long... axes) {
        Writer node = OnnxProto.node("Transpose", output, input);
        graph.message(GraphOutline.GRAPH_NODE, OnnxProto.withNumbers(node, "perm", axes));
    }

    /** Adds up along an axis, and drops it. */
    private void sum(String output, String input, String axis) {
        Writer node = OnnxProto.node("ReduceSum", output, input, axis);
        graph.message(GraphOutline.GRAPH_NODE, OnnxProto.withNumber(node, "keepdims", 0));
    }
}
