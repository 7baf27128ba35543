package dev.darkroom.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text encoder's graph, as Optimum, diffusers' script and Olive write it: {@code input_ids} to
 * {@code last_hidden_state}, {@code hidden_states.0} to {@code .n}, and {@code text_embeds} or {@code pooler_output}.
 */
final class TextEncoder implements AutoCloseable {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String TYPES = "token_type_ids";
    private static final String WANTS_LAYERS = "output_hidden_states";
    private static final String PROJECTED = "text_embeds";
    private static final Pattern HIDDEN = Pattern.compile("hidden_states[._](\\d{1,3})");

    /** The number of the last layer's output after the final normalisation. */
    static final int LAST = -1;

    /**
     * What comes out.
     *
     * @param states {@code [positions, width]}
     * @param pooled the text in one vector, or null if it was not asked for
     */
    record Encoded(float[] states, int width, float @Nullable [] pooled) {}

    private final OnnxGraph graph;
    private final String last;
    private final Map<Integer, String> hidden = new TreeMap<>();
    private final int layers;
    private final Map<String, TensorSlot> slots = new HashMap<>();

    /**
     * @param graph the encoder
     * @param layers how many it has, or null: as many as it has outputs
     * @throws ModelException if the graph's inputs are not a text encoder's
     */
    TextEncoder(OnnxGraph graph, @Nullable Integer layers) throws ModelException {
        this.graph = graph;
        graph.refuseOtherInputs(Set.of(IDS, MASK, TYPES, WANTS_LAYERS));
        if (!graph.inputs().containsKey(IDS)) {
            throw new ModelException("%s has no input \"%s\"".formatted(graph.name(), IDS));
        }
        for (Map.Entry<String, TensorInfo> input : graph.inputs().entrySet()) {
            slots.put(input.getKey(), new TensorSlot(graph.environment(), input.getValue().type, input.getKey()));
        }
        this.last = graph.output("last_hidden_state");
        int highest = 0;
        for (String output : graph.outputs().keySet()) {
            Matcher matcher = HIDDEN.matcher(output);
            if (matcher.matches()) {
                int layer = Integer.parseInt(matcher.group(1));
                hidden.put(layer, output);
                highest = Math.max(highest, layer);
            }
        }
        this.layers = layers == null ? highest : Math.max(layers, highest);
    }

    /** Returns the number of layers; layer 0 is what goes into the first. */
    int layers() {
        return layers;
    }

    /** Tells whether a layer's output can be read before the final normalisation. */
    boolean gives(int layer) {
        return hidden.containsKey(layer);
    }

    /** Tells whether it gives the whole text in one vector, projected as SDXL wants it. */
    boolean projects() {
        return graph.outputs().containsKey(PROJECTED);
    }

    String name() {
        return graph.name();
    }

    /**
     * Encodes one text.
     *
     * @param ids all positions, those that only fill up too
     * @param own how many positions are the text's own
     * @param layer {@link #LAST} or one that it {@link #gives}
     * @param pooled also return the text in one vector
     */
    Encoded run(int[] ids, int own, int layer, boolean pooled) throws ModelException {
        String wanted = layer == LAST ? last : hidden.get(layer);
        if (wanted == null) {
            throw new ModelException("%s does not give layer %d".formatted(name(), layer));
        }
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (Map.Entry<String, TensorSlot> slot : slots.entrySet()) {
            if (slot.getKey().equals(WANTS_LAYERS)) {
                inputs.put(slot.getKey(), flag(slot.getValue()));
                continue;
            }
            inputs.put(slot.getKey(), slot.getValue().shaped(1, ids.length));
            for (int i = 0; i < ids.length; i++) {
                slot.getValue().put(i, value(slot.getKey(), ids, own, i));
            }
        }
        Set<String> outputs = new LinkedHashSet<>(Set.of(wanted));
        if (pooled) {
            outputs.add(PROJECTED);
        }
        try (OrtSession.Result result = graph.run(inputs, outputs)) {
            OnnxTensor tensor = tensor(result, wanted);
            long[] shape = tensor.getInfo().getShape();
            if (shape.length != 3 || shape[1] != ids.length) {
                throw new ModelException("%s's output \"%s\" has the shape %s in place of [1, %d, width]"
                        .formatted(name(), wanted, Arrays.toString(shape), ids.length));
            }
            return new Encoded(numbers(tensor), (int) shape[2], pooled ? numbers(tensor(result, PROJECTED)) : null);
        }
    }

    private OnnxTensor flag(TensorSlot slot) throws ModelException {
        TensorInfo info = graph.inputs().get(WANTS_LAYERS);
        OnnxTensor tensor = info.getShape().length == 0 ? slot.shaped() : slot.shaped(1);
        slot.put(0, 1);
        return tensor;
    }

    private static OnnxTensor tensor(OrtSession.Result result, String output) throws ModelException {
        return (OnnxTensor)
                result.get(output).orElseThrow(() -> new ModelException("There is no output \"%s\"".formatted(output)));
    }

    private static float value(String input, int[] ids, int own, int at) {
        return switch (input) {
            case IDS -> ids[at];
            case MASK -> at < own ? 1 : 0;
            default -> 0;
        };
    }

    private float[] numbers(OnnxTensor tensor) throws ModelException {
        float[] numbers = new float[(int) tensor.getInfo().getNumElements()];
        switch (tensor.getInfo().type) {
            case FLOAT -> tensor.getFloatBuffer().get(numbers);
            case FLOAT16 -> {
                ShortBuffer halves = tensor.getByteBuffer().asShortBuffer();
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = Fp16Conversions.fp16ToFloat(halves.get(i));
                }
            }
            default -> throw new ModelException("%s answers in %s".formatted(name(), tensor.getInfo().type));
        }
        return numbers;
    }

    @Override
    public void close() {
        slots.values().forEach(TensorSlot::close);
        graph.close();
    }
}
