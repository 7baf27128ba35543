package dev.darkroom.model;

import dev.darkroom.model.GraphOutline.Node;
import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives a UNet that takes a single timestep one for each row. Optimum exports such graphs since 1.24: the timestep has
 * rank 0, and an Unsqueeze makes it a vector, which an Expand then repeats for the batch. With an input of rank 1 and the
 * Unsqueeze turned into an Identity, the Expand takes a vector as long as the batch as well.
 *
 * <p>Only the graph is written anew, in memory: its weights stay in the untouched file, to which they refer by location,
 * offset and length.
 *
 * @param model the graph for ONNX Runtime
 * @param weightsFolder what the weights' locations are relative to
 */
record TimestepPatch(byte[] model, Path weightsFolder) {

    /** Smaller tensors are often shapes, which ONNX Runtime wants at hand. */
    private static final int SMALLEST_OUTSIDE = 1024;

    private static final Set<String> RAISING = Set.of("Unsqueeze", "Reshape");
    private static final String ROWS = "timestep_rows";

    /**
     * Returns the patched graph.
     *
     * @param input name of the timestep
     * @return null if the timestep is a vector already, the graph does not use it in the known way, or its weights lie
     *     behind links
     */
    static @Nullable TimestepPatch of(Path file, String input) throws ModelException {
        GraphOutline outline = GraphOutline.read(file);
        if (!outline.takesNumber(input)) {
            return null;
        }
        // by identity: what equals a field takes reading it
        Set<Field> raising = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node node : outline.takers(input)) {
            if (!RAISING.contains(node.operator())) {
                return null;
            }
            raising.add(node.field());
        }
        Locations locations = raising.isEmpty() ? null : Locations.of(file, outline);
        if (locations == null) {
            return null;
        }
        Map<Field, byte[]> replaced = new IdentityHashMap<>();
        for (Field field : outline.graph()) {
            switch (field.number()) {
                case GraphOutline.GRAPH_NODE -> {
                    if (raising.contains(field)) {
                        replaced.put(field, identity(field));
                    }
                }
                case GraphOutline.GRAPH_INPUT -> {
                    if (GraphOutline.name(field, 1).equals(input)) {
                        replaced.put(field, vector(field));
                    }
                }
                case GraphOutline.GRAPH_INITIALIZER -> replaced.put(field, locations.outside(field));
                // shapes that were true before
                case GraphOutline.GRAPH_VALUE_INFO -> replaced.put(field, new byte[0]);
                default -> {}
            }
        }
        Writer model = new Writer();
        for (Field field : outline.model()) {
            if (field.number() == GraphOutline.MODEL_GRAPH) {
                model.message(
                        GraphOutline.MODEL_GRAPH,
                        graph -> outline.graph().forEach(part -> {
                            byte[] other = replaced.get(part);
                            if (other == null) {
                                graph.copy(part);
                            } else if (other.length > 0) {
                                graph.raw(part.number(), other);
                            }
                        }));
            } else {
                model.copy(field);
            }
        }
        return new TimestepPatch(model.toBytes(), locations.folder());
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

    /** Where weights are, once the graph itself is elsewhere. */
    private record Locations(String file, Path folder) {

        /** Returns null if a weight can't be reached from one folder: ONNX Runtime does not follow links. */
        static @Nullable Locations of(Path file, GraphOutline outline) throws ModelException {
            Path folder = file.toAbsolutePath().getParent();
            if (folder == null || Files.isSymbolicLink(file)) {
                return null;
            }
            for (GraphOutline.Weights weights : outline.weights().values()) {
                for (String location : locations(weights.field())) {
                    if (Files.isSymbolicLink(folder.resolve(location))) {
                        return null;
                    }
                }
            }
            try {
                return new Locations(file.getFileName().toString(), folder.toRealPath());
            } catch (IOException e) {
                throw new ModelException("%s can't be read".formatted(folder), e);
            }
        }

        private static List<String> locations(Field tensor) throws ModelException {
            for (Field part : tensor.message().fields()) {
                if (part.number() == GraphOutline.TENSOR_EXTERNAL_DATA
                        && GraphOutline.name(part, 1).equals("location")) {
                    return List.of(GraphOutline.name(part, 2));
                }
            }
            return List.of();
        }

        /** Returns a TensorProto that refers to the data in the file that it came from. */
        byte[] outside(Field tensor) throws ModelException {
            Writer writer = new Writer();
            for (Field part : tensor.message().fields()) {
                if (part.number() == GraphOutline.TENSOR_RAW_DATA && part.length() >= SMALLEST_OUTSIDE) {
                    entry(writer, "location", file);
                    entry(writer, "offset", Integer.toString(part.body()));
                    entry(writer, "length", Integer.toString(part.length()));
                    writer.number(GraphOutline.TENSOR_DATA_LOCATION, 1);
                } else {
                    writer.copy(part);
                }
            }
            return writer.toBytes();
        }

        private static void entry(Writer writer, String key, String value) {
            writer.message(
                    GraphOutline.TENSOR_EXTERNAL_DATA, pair -> pair.text(1, key).text(2, value));
        }
    }
}
