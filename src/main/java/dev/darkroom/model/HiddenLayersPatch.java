package dev.darkroom.model;

import dev.darkroom.model.GraphOutline.Node;
import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gives a CLIP text encoder an output {@code hidden_states.n} for each layer, which Optimum leaves out for Stable
 * Diffusion 1.x and 2.x and "CLIP skip" needs: what goes into the first normalisation of a layer is what came out of the
 * layer before. The normalisations are found by the names of their weights.
 */
final class HiddenLayersPatch {
    private static final Pattern FIRST_NORM = Pattern.compile(".*encoder\\.layers\\.(\\d{1,3})\\.layer_norm1\\.weight");
    private static final Pattern FINAL_NORM = Pattern.compile(".*final_layer_norm\\.weight");
    private static final String HIDDEN = "hidden_states";
    private static final String LAST = "last_hidden_state";

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
        Map<Integer, String> layers = layers(outline);
        if (type == null || layers.size() < 2 || !isComplete(layers)) {
            return null;
        }
        GraphPatch.Builder patch = GraphPatch.Builder.of(file, outline);
        if (patch == null) {
            return null;
        }
        for (Map.Entry<Integer, String> layer : layers.entrySet()) {
            String name = HIDDEN + "." + layer.getKey();
            Writer cast = OnnxProto.node("Cast", name, layer.getValue());
            patch.append(GraphOutline.GRAPH_NODE, OnnxProto.withNumber(cast, "to", type));
            patch.append(GraphOutline.GRAPH_OUTPUT, OnnxProto.value(name, type));
        }
        return patch.build();
    }

    /** Returns what goes into each layer, by its number; behind the last one what goes into the final normalisation. */
    private static Map<Integer, String> layers(GraphOutline outline) {
        Map<String, Node> makers = new HashMap<>();
        outline.nodes().forEach(node -> node.outputs().forEach(output -> makers.put(output, node)));
        Map<Integer, String> layers = new TreeMap<>();
        String last = null;
        for (Node node : outline.nodes()) {
            for (String weights : node.inputs()) {
                Matcher first = FIRST_NORM.matcher(weights);
                String input = normalized(node, weights, makers);
                if (input != null && first.matches()) {
                    layers.put(Integer.parseInt(first.group(1)), input);
                } else if (input != null && FINAL_NORM.matcher(weights).matches()) {
                    last = input;
                }
            }
        }
        if (last != null) {
            layers.put(layers.size(), last);
        }
        return layers;
    }

    /** Returns what a normalisation with these weights normalises, be it one node or taken apart; else null. */
    private static @Nullable String normalized(Node node, String weights, Map<String, Node> makers) {
        if (node.operator().equals("LayerNormalization")) {
            return node.inputs().get(0);
        }
        if (!node.operator().equals("Mul")) {
            return null;
        }
        for (String factor : node.inputs()) {
            Node division = makers.get(factor);
            if (!factor.equals(weights)
                    && division != null
                    && division.operator().equals("Div")) {
                Node difference = makers.get(division.inputs().get(0));
                return difference != null && difference.operator().equals("Sub")
                        ? difference.inputs().get(0)
                        : null;
            }
        }
        return null;
    }

    private static boolean isComplete(Map<Integer, String> layers) {
        return List.copyOf(layers.keySet()).get(layers.size() - 1) == layers.size() - 1;
    }
}
