package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Field;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX file's graph without its weights, as onnx.proto names the fields. Reading it takes milliseconds, also of a file
 * of 1.7 GB.
 *
 * @param model fields of the ModelProto
 * @param graph fields of its GraphProto
 * @param nodes in the file's order
 * @param weights initializers by name
 */
record GraphOutline(List<Field> model, List<Field> graph, List<Node> nodes, Map<String, Weights> weights) {

    static final int MODEL_GRAPH = 7;
    static final int GRAPH_NODE = 1;
    static final int GRAPH_INITIALIZER = 5;
    static final int GRAPH_INPUT = 11;
    static final int GRAPH_OUTPUT = 12;
    static final int GRAPH_VALUE_INFO = 13;
    static final int TENSOR_DIMENSIONS = 1;
    static final int TENSOR_NAME = 8;
    static final int TENSOR_RAW_DATA = 9;
    static final int TENSOR_EXTERNAL_DATA = 13;
    static final int TENSOR_DATA_LOCATION = 14;
    private static final int INPUTS = 1;
    private static final int OUTPUTS = 2;
    private static final int OPERATOR = 4;

    /** Operators that hand a tensor on as it is, but for its type. */
    private static final Set<String> PASSING = Set.of("Cast", "Identity");

    private static final Set<String> ENLARGING = Set.of("Resize", "Upsample");

    /** A node of the graph. */
    record Node(String operator, List<String> inputs, List<String> outputs, Field field) {}

    /** An initializer. */
    record Weights(List<Long> dimensions, Field field) {}

    /** @throws ModelException if the file can't be read or is not an ONNX graph */
    static GraphOutline read(Path file) throws ModelException {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new ModelException("it is larger than an ONNX file can be");
            }
            ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            return read(new WireMessage(bytes, 0, bytes.limit()));
        } catch (IOException e) {
            throw new ModelException("%s can't be read".formatted(file), e);
        } catch (ModelException e) {
            throw new ModelException("%s can't be loaded: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static GraphOutline read(WireMessage file) throws ModelException {
        List<Field> model = file.fields();
        List<Field> graph = new ArrayList<>();
        for (Field field : model) {
            if (field.number() == MODEL_GRAPH) {
                graph.addAll(field.message().fields());
            }
        }
        List<Node> nodes = new ArrayList<>();
        Map<String, Weights> weights = new HashMap<>();
        for (Field field : graph) {
            if (field.number() == GRAPH_NODE) {
                nodes.add(node(field));
            } else if (field.number() == GRAPH_INITIALIZER) {
                weights.put(
                        name(field, TENSOR_NAME), new Weights(field.message().numbers(TENSOR_DIMENSIONS), field));
            }
        }
        return new GraphOutline(model, graph, nodes, weights);
    }

    private static Node node(Field field) throws ModelException {
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        String operator = "";
        for (Field part : field.message().fields()) {
            switch (part.number()) {
                case INPUTS -> inputs.add(part.text());
                case OUTPUTS -> outputs.add(part.text());
                case OPERATOR -> operator = part.text();
                default -> {}
            }
        }
        return new Node(operator, inputs, outputs, field);
    }

    /** Returns a text field of a message, or an empty text. */
    static String name(Field message, int number) throws ModelException {
        for (Field field : message.message().fields()) {
            if (field.number() == number) {
                return field.text();
            }
        }
        return "";
    }

    /** Tells whether an input is a single number: it has a shape, and that has no dimensions. */
    boolean takesNumber(String input) throws ModelException {
        for (Field field : graph) {
            if (field.number() == GRAPH_INPUT && name(field, 1).equals(input)) {
                // ValueInfoProto.type.tensor_type.shape.dim
                List<Field> shapes = inner(inner(inner(List.of(field), 2), 1), 2);
                return !shapes.isEmpty() && inner(shapes, 1).isEmpty();
            }
        }
        return false;
    }

    /** Returns the type of a ValueInfoProto's elements, as TensorProto numbers them; 32-bit floats if it does not say. */
    static long elementType(Field valueInfo) throws ModelException {
        // ValueInfoProto.type.tensor_type.elem_type
        List<Field> types = inner(inner(inner(List.of(valueInfo), 2), 1), 1);
        return types.isEmpty() ? 1 : types.get(0).value();
    }

    private static List<Field> inner(List<Field> messages, int number) throws ModelException {
        List<Field> found = new ArrayList<>();
        for (Field message : messages) {
            for (Field field : message.message().fields()) {
                if (field.number() == number) {
                    found.add(field);
                }
            }
        }
        return found;
    }

    /** Returns the nodes that take a value first, be it cast to another type in between. */
    List<Node> takers(String value) {
        Set<String> names = new HashSet<>(Set.of(value));
        List<Node> takers = new ArrayList<>();
        for (Node node : nodes) {
            if (!node.inputs().isEmpty() && names.contains(node.inputs().get(0))) {
                if (PASSING.contains(node.operator())) {
                    names.addAll(node.outputs());
                } else {
                    takers.add(node);
                }
            }
        }
        return takers;
    }

    /** Returns how many times the graph makes what it works on larger: by two each, in a VAE's decoder. */
    int enlargements() {
        return (int) nodes.stream()
                .filter(node -> ENLARGING.contains(node.operator()))
                .count();
    }

    /** Returns how many channels the first convolution takes of an input, or null if the file does not say so plainly. */
    @Nullable
    Integer convolvedChannels(String input) {
        for (Node node : takers(input)) {
            Weights kernel = node.operator().equals("Conv") && node.inputs().size() > 1
                    ? weights.get(node.inputs().get(1))
                    : null;
            if (kernel != null && kernel.dimensions().size() == 4) {
                return kernel.dimensions().get(1).intValue();
            }
        }
        return null;
    }
}
