package dev.darkroom.model;

import dev.darkroom.model.GraphOutline.Node;
import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gives a CLIP text encoder an output {@code hidden_states.n} for each layer, which Optimum and Olive leave out for Stable
 * Diffusion 1.x and 2.x and "CLIP skip" needs: what goes into the first normalisation of a layer is what came out of the
 * layer before. Each layer has two normalisations, and one comes behind the last; they are counted, since exporters keep
 * equal weights once, under the name of the first that has them.
 */
final class HiddenLayersPatch {
    private static final Pattern FIRST_NORM = Pattern.compile(".*encoder\\.layers\\.0\\.layer_norm1\\.weight");
    private static final Pattern FINAL_NORM = Pattern.compile(".*final_layer_norm\\.weight");
    private static final int NORMS_PER_LAYER = 2;
    private static final String HIDDEN = "hidden_states";
    private static final String LAST = "last_hidden_state";

    /** ONNX Runtime's fusion of an addition and the normalisation of the sum, which is its fourth output. */
    private static final String FUSED = "SkipLayerNormalization";

    private static final int FUSED_WEIGHTS = 2;
    private static final int FUSED_SUM = 3;
    private static final int NODE_OUTPUT = 2;

    /**
     * A normalisation, be it one node or taken apart.
     *
     * @param node that has the weights
     * @param input what it normalises, or null: a sum that the node keeps to itself
     */
    private record Norm(Node node, String weights, @Nullable String input) {}

    private HiddenLayersPatch() {}

    /** Returns the patched graph, or null if it gives layers already, or is not built in the known way. */
    static @Nullable GraphPatch of(Path file) throws ModelException {
        GraphOutline outline = GraphOutline.read(file);
        Long type = null;
        for (Field field : outline.graph()) {
            if (field.number() == GraphOutline.GRAPH_OUTPUT) {
                String name = GraphOutline.name(field, 1);
                if (name.startsWith(HIDDEN)) {
                    return null;
                }
                type = name.equals(LAST) ? Long.valueOf(GraphOutline.elementType(field)) : type;
            }
        }
        List<Norm> norms = norms(outline);
        if (type == null || !isClip(norms)) {
            return null;
        }
        GraphPatch.Builder patch = GraphPatch.Builder.of(file, outline);
        if (patch == null) {
            return null;
        }
        for (int layer = 0; layer * NORMS_PER_LAYER < norms.size(); layer++) {
            Norm norm = norms.get(layer * NORMS_PER_LAYER);
            String name = HIDDEN + "." + layer;
            String value = norm.input();
            if (value == null) {
                value = name + ".sum";
                patch.replace(norm.node().field(), givingSum(norm.node(), value));
            }
            Writer cast = OnnxProto.node("Cast", name, value);
            patch.append(GraphOutline.GRAPH_NODE, OnnxProto.withNumber(cast, "to", type));
            patch.append(GraphOutline.GRAPH_OUTPUT, OnnxProto.value(name, type));
        }
        return patch.build();
    }

    /** Tells whether these are the normalisations of two layers or more and the final one, and nothing else. */
    private static boolean isClip(List<Norm> norms) {
        int last = norms.size() - 1;
        return last >= 2 * NORMS_PER_LAYER
                && last % NORMS_PER_LAYER == 0
                && FIRST_NORM.matcher(norms.get(0).weights()).matches()
                && FINAL_NORM.matcher(norms.get(last).weights()).matches();
    }

    /** Returns the normalisations in the order in which they are computed: each works on what follows from the one before. */
    private static List<Norm> norms(GraphOutline outline) {
        Map<String, Node> makers = new HashMap<>();
        outline.nodes().forEach(node -> node.outputs().forEach(output -> makers.put(output, node)));
        List<Norm> norms = new ArrayList<>();
        for (Node node : outline.nodes()) {
            Norm norm = switch (node.operator()) {
                case "LayerNormalization" -> new Norm(node, at(node.inputs(), 1), at(node.inputs(), 0));
                case FUSED -> new Norm(node, at(node.inputs(), FUSED_WEIGHTS), sum(node));
                case "Mul" -> takenApart(node, makers);
                default -> null;
            };
            if (norm != null) {
                norms.add(norm);
            }
        }
        return norms;
    }

    private static @Nullable String sum(Node fused) {
        String sum = at(fused.outputs(), FUSED_SUM);
        return sum.isEmpty() ? null : sum;
    }

    /** Returns the normalisation whose weights this multiplication applies to a difference's quotient, else null. */
    private static @Nullable Norm takenApart(Node product, Map<String, Node> makers) {
        for (int i = 0; i < 2; i++) {
            Node division = makers.get(at(product.inputs(), i));
            if (division != null && division.operator().equals("Div")) {
                Node difference = makers.get(at(division.inputs(), 0));
                return difference != null && difference.operator().equals("Sub")
                        ? new Norm(product, at(product.inputs(), 1 - i), at(difference.inputs(), 0))
                        : null;
            }
        }
        return null;
    }

    /** Returns a name, or an empty text, as ONNX calls what is left out. */
    private static String at(List<String> names, int index) {
        return index < names.size() ? names.get(index) : "";
    }

    private static byte[] givingSum(Node fused, String sum) throws ModelException {
        Writer writer = new Writer();
        for (Field part : fused.field().message().fields()) {
            if (part.number() != NODE_OUTPUT) {
                writer.copy(part);
            }
        }
        for (int i = 0; i < FUSED_SUM; i++) {
            writer.text(NODE_OUTPUT, at(fused.outputs(), i));
        }
        return writer.text(NODE_OUTPUT, sum).toBytes();
    }
}
