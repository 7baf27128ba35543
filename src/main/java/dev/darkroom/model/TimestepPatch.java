package dev.darkroom.model;

import dev.darkroom.model.GraphOutline.Node;
import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives a UNet that takes a single timestep one for each row. Optimum exports such graphs since 1.24: the timestep has
 * rank 0, and an Unsqueeze makes it a vector, which an Expand then repeats for the batch. With an input of rank 1 and the
 * Unsqueeze turned into an Identity, the Expand takes a vector as long as the batch as well.
 */
final class TimestepPatch {

    private static final String ROWS = "timestep_rows";

    private TimestepPatch() {}

    /**
     * Returns the patched graph.
     *
     * @param input name of the timestep
     * @return null if the timestep is a vector already, the graph does not use it in the known way, or its weights lie
     *     behind links
     */
    static @Nullable GraphPatch of(Path file, String input) throws ModelException {
        GraphOutline outline = GraphOutline.read(file);
        List<Node> takers = outline.takers(input);
        if (!outline.takesNumber(input)
                || takers.isEmpty()
                || !takers.stream().allMatch(node -> raises(node, outline))) {
            return null;
        }
        GraphPatch.Builder patch = GraphPatch.Builder.of(file, outline);
        if (patch == null) {
            return null;
        }
        for (Node node : takers) {
            patch.replace(node.field(), identity(node.field()));
        }
        for (Field field : outline.graph()) {
            if (field.number() == GraphOutline.GRAPH_INPUT
                    && GraphOutline.name(field, 1).equals(input)) {
                patch.replace(field, vector(field));
            }
        }
        // shapes that were true before
        return patch.dropAll(GraphOutline.GRAPH_VALUE_INFO).build();
    }

    /** Tells whether a node makes a vector of a number. */
    private static boolean raises(Node node, GraphOutline outline) {
        if (node.operator().equals("Unsqueeze")) {
            return true;
        }
        GraphOutline.Weights shape =
                node.operator().equals("Reshape") && node.inputs().size() > 1
                        ? outline.weights().get(node.inputs().get(1))
                        : null;
        return shape != null && shape.dimensions().equals(List.of(1L));
    }

    private static byte[] identity(Field node) throws ModelException {
        Writer writer = new Writer();
        boolean first = true;
        for (Field part : node.message().fields()) {
            switch (part.number()) {
                case 1 -> {
                    if (first) {
                        writer.copy(part);
                        first = false;
                    }
                }
                case 4 -> writer.text(4, "Identity");
                // attributes: the axes of older operator sets
                case 5 -> {}
                default -> writer.copy(part);
            }
        }
        return writer.toBytes();
    }

    /** Gives a ValueInfoProto of a number the shape of a vector. */
    private static byte[] vector(Field input) throws ModelException {
        Writer writer = new Writer();
        long type = 1;
        for (Field part : input.message().fields()) {
            if (part.number() == 2) {
                for (Field kind : part.message().fields()) {
                    for (Field tensor : kind.message().fields()) {
                        type = tensor.number() == 1 ? tensor.value() : type;
                    }
                }
            } else {
                writer.copy(part);
            }
        }
        long element = type;
        writer.message(
                2,
                kind -> kind.message(
                        1,
                        tensor -> tensor.number(1, element)
                                .message(2, shape -> shape.message(1, dimension -> dimension.text(2, ROWS)))));
        return writer.toBytes();
    }
}
