package dev.darkroom.model;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** One network in memory. */
final class OnnxGraph implements AutoCloseable {
    private final String name;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final RunningCall running;
    private final Map<String, TensorInfo> inputs;
    private final Map<String, TensorInfo> outputs;

    private OnnxGraph(String name, OrtEnvironment environment, OrtSession session, RunningCall running)
            throws OrtException {
        this.name = name;
        this.environment = environment;
        this.session = session;
        this.running = running;
        this.inputs = tensors(session.getInputInfo());
        this.outputs = tensors(session.getOutputInfo());
    }

    /**
     * Loads a network.
     *
     * @param name for messages, such as "The text encoder"
     * @throws ModelException if ONNX Runtime refuses the file, with its reason
     */
    static OnnxGraph load(String name, Path file, OnnxDevice device, RunningCall running) throws ModelException {
        if (!Files.isReadable(file)) {
            throw new ModelException("%s is missing".formatted(file));
        }
        try (SessionOptions options = device.sessionOptions()) {
            OrtSession session = device.environment().createSession(file.toString(), options);
            return new OnnxGraph(name, device.environment(), session, running);
        } catch (OrtException e) {
            throw OnnxMessage.failure("%s can't be loaded".formatted(file), e);
        }
    }

    /**
     * Loads a network that was changed in memory.
     *
     * @param file that it comes from
     * @throws ModelException if ONNX Runtime refuses it, with its reason
     */
    static OnnxGraph load(String name, Path file, GraphPatch patch, OnnxDevice device, RunningCall running)
            throws ModelException {
        try (SessionOptions options = device.sessionOptions()) {
            options.addConfigEntry(
                    "session.model_external_initializers_file_folder_path",
                    patch.weightsFolder().toString());
            OrtSession session = device.environment().createSession(patch.model(), options);
            return new OnnxGraph(name, device.environment(), session, running);
        } catch (OrtException e) {
            throw OnnxMessage.failure("%s can't be loaded after a change of its graph".formatted(file), e);
        }
    }

    /**
     * Loads a network that was made in memory, and runs it node by node as it was written: ONNX Runtime's optimizer
     * would spread the blur's transposes over every one of its columns, which costs memory.
     *
     * @param model with all of its weights
     * @throws ModelException if ONNX Runtime refuses it, with its reason
     */
    static OnnxGraph load(String name, byte[] model, OnnxDevice device, RunningCall running) throws ModelException {
        try (SessionOptions options = device.sessionOptions()) {
            options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
            OrtSession session = device.environment().createSession(model, options);
            return new OnnxGraph(name, device.environment(), session, running);
        } catch (OrtException e) {
            throw OnnxMessage.failure("%s can't be loaded".formatted(name), e);
        }
    }

    private static Map<String, TensorInfo> tensors(Map<String, NodeInfo> nodes) {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        nodes.forEach((name, node) -> {
            if (node.getInfo() instanceof TensorInfo tensor) {
                tensors.put(name, tensor);
            }
        });
        return tensors;
    }

    String name() {
        return name;
    }

    OrtEnvironment environment() {
        return environment;
    }

    /** Returns the inputs by name, in the graph's order. A dimension of -1 is open. */
    Map<String, TensorInfo> inputs() {
        return inputs;
    }

    /** Returns the outputs by name, in the graph's order. */
    Map<String, TensorInfo> outputs() {
        return outputs;
    }

    /** Returns the preferred output if there is one of that name, else the first. */
    String output(String preferred) throws ModelException {
        if (outputs.containsKey(preferred)) {
            return preferred;
        }
        if (outputs.isEmpty()) {
            throw new ModelException("%s has no output".formatted(name));
        }
        return outputs.keySet().iterator().next();
    }

    /** Checks that the graph has no inputs but these. */
    void refuseOtherInputs(Set<String> known) throws ModelException {
        for (String input : inputs.keySet()) {
            if (!known.contains(input)) {
                throw new ModelException("%s has an input \"%s\" that is not supported; known are %s"
                        .formatted(
                                name,
                                input,
                                String.join(", ", known.stream().sorted().toList())));
            }
        }
    }

    /** Runs the network and returns the wanted outputs; the caller closes the result. */
    OrtSession.Result run(Map<String, OnnxTensor> values, Set<String> wanted) throws ModelException {
        try {
            return running.run(options -> session.run(values, wanted, options));
        } catch (OrtException e) {
            throw OnnxMessage.failure("%s failed".formatted(name), e);
        }
    }

    /** Runs the network into tensors whose memory the caller owns. */
    void runInto(Map<String, OnnxTensor> values, Map<String, OnnxTensor> results) throws ModelException {
        try {
            running.run(options -> session.run(values, Set.of(), results, options))
                    .close();
        } catch (OrtException e) {
            throw OnnxMessage.failure("%s failed".formatted(name), e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("A session can't be closed", e);
        }
    }
}
