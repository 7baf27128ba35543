package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A graph that was changed on its way into memory. Only the graph is written anew: its weights stay in the untouched file,
 * to which they refer by location, offset and length.
 *
 * @param model the graph for ONNX Runtime
 * @param weightsFolder what the weights' locations are relative to
 */
record GraphPatch(byte[] model, Path weightsFolder) {

    /** Smaller tensors are often shapes, which ONNX Runtime wants at hand. */
    private static final int SMALLEST_OUTSIDE = 1024;

    /** Collects changes of a file's graph. */
    static final class Builder {
        private final GraphOutline outline;
        private final Locations locations;
        // by identity: what equals a field takes reading it
        private final Map<Field, byte[]> replaced = new IdentityHashMap<>();
        private final List<Field> dropped = new ArrayList<>();
        private final Writer appended = new Writer();

        private Builder(GraphOutline outline, Locations locations) {
            this.outline = outline;
            this.locations = locations;
        }

        /** Returns null if the weights lie behind links, which ONNX Runtime does not follow. */
        static @Nullable Builder of(Path file, GraphOutline outline) throws ModelException {
            Locations locations = Locations.of(file, outline);
            return locations == null ? null : new Builder(outline, locations);
        }

        /** Puts another content in the place of a field of the graph. */
        Builder replace(Field field, byte[] content) {
            replaced.put(field, content);
            return this;
        }

        /** Leaves out all fields of a number. */
        Builder dropAll(int number) {
            for (Field field : outline.graph()) {
                if (field.number() == number) {
                    dropped.add(field);
                }
            }
            return this;
        }

        /** Adds a field at the graph's end. */
        Builder append(int number, Writer content) {
            appended.raw(number, content.toBytes());
            return this;
        }

        GraphPatch build() throws ModelException {
            for (Field field : outline.graph()) {
                if (field.number() == GraphOutline.GRAPH_INITIALIZER) {
                    replaced.put(field, locations.outside(field));
                }
            }
            dropped.forEach(field -> replaced.put(field, new byte[0]));
            Writer model = new Writer();
            for (Field field : outline.model()) {
                if (field.number() == GraphOutline.MODEL_GRAPH) {
                    model.message(GraphOutline.MODEL_GRAPH, this::writeGraph);
                } else {
                    model.copy(field);
                }
            }
            return new GraphPatch(model.toBytes(), locations.folder());
        }

        private void writeGraph(Writer graph) {
            for (Field field : outline.graph()) {
                byte[] other = replaced.get(field);
                if (other == null) {
                    graph.copy(field);
                } else if (other.length > 0) {
                    graph.raw(field.number(), other);
                }
            }
            graph.copy(appended);
        }
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
