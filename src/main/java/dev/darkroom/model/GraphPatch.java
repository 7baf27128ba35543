package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
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

    /** Collects changes of a file's graph. */
    static final class Builder {
        private final GraphOutline outline;
        private final WeightLocations locations;
        // by identity: what equals a field takes reading it
        private final Map<Field, byte[]> replaced = new IdentityHashMap<>();
        private final List<Field> dropped = new ArrayList<>();
        private final Writer appended = new Writer();

        private Builder(GraphOutline outline, WeightLocations locations) {
            this.outline = outline;
            this.locations = locations;
        }

        /** Returns null if no folder holds all weights, as on two drives of Windows. */
        static @Nullable Builder of(Path file, GraphOutline outline) throws ModelException {
            WeightLocations locations = WeightLocations.of(file, outline);
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
}
