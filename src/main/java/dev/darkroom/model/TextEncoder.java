package dev.darkroom.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import dev.darkroom.text.Tokenizer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Encodes one text per call. CLIP sees texts padded to its 77 positions; BERT and its kin see a text's own tokens only,
 * and what comes out is filled with zeros.
 */
final class TextEncoder implements AutoCloseable {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String TYPES = "token_type_ids";

    private final OnnxGraph graph;
    private final Tokenizer tokenizer;
    private final int tokens;
    private final boolean padded;
    private final String output;
    private final int layers;
    private final Map<String, TensorSlot> slots = new HashMap<>();
    private @Nullable FinalNorm finalNorm;

    /**
     * @param graph the encoder
     * @param tokenizer that it was trained with
     * @param fixedTokens positions of every result, or null: as the tokenizer says
     * @throws ModelException if the graph's inputs are not a text encoder's
     */
    TextEncoder(OnnxGraph graph, Tokenizer tokenizer, @Nullable Integer fixedTokens) throws ModelException {
        this.graph = graph;
        this.tokenizer = tokenizer;
        this.padded = tokenizer.padded() && fixedTokens == null;
        this.tokens = fixedTokens == null ? tokenizer.limit() : fixedTokens;
        if (tokens < 2) {
            throw new ModelException("A text encoder with %d positions has no room for a text".formatted(tokens));
        }
        graph.refuseOtherInputs(Set.of(IDS, MASK, TYPES));
        if (!graph.inputs().containsKey(IDS)) {
            throw new ModelException("The text encoder has no input \"%s\"".formatted(IDS));
        }
        for (Map.Entry<String, TensorInfo> input : graph.inputs().entrySet()) {
            slots.put(input.getKey(), new TensorSlot(graph.environment(), input.getValue().type, input.getKey()));
        }
        this.output = graph.output("last_hidden_state");
        int last = 0;
        while (graph.outputs().containsKey(hidden(last + 1))) {
            last++;
        }
        this.layers = last;
    }

    private static String hidden(int layer) {
        return "hidden_states." + layer;
    }

    /** Finds out how the last layer's output is normalised, so that earlier layers can be treated alike. */
    void learnFinalNorm() throws ModelException {
        if (layers > 1) {
            finalNorm =
                    FinalNorm.fit(run("a red cat on the house", hidden(layers)), run("a red cat on the house", output));
        }
    }

    /** Returns the positions of every result. */
    int tokens() {
        return tokens;
    }

    /** @see LoadedModel#encode */
    Conditioning encode(String text, int clipSkip) throws ModelException {
        FinalNorm norm = finalNorm;
        if (norm == null || clipSkip <= 1) {
            return run(text, output);
        }
        int layer = Math.max(1, layers - (clipSkip - 1));
        return norm.apply(run(text, hidden(layer)));
    }

    private Conditioning run(String text, String wanted) throws ModelException {
        int[] ids = tokenizer.encode(text, tokens);
        int length = padded ? tokens : ids.length;
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (Map.Entry<String, TensorSlot> slot : slots.entrySet()) {
            inputs.put(slot.getKey(), slot.getValue().shaped(1, length));
            for (int i = 0; i < length; i++) {
                slot.getValue().put(i, value(slot.getKey(), ids, i));
            }
        }
        try (OrtSession.Result result = graph.run(inputs, Set.of(wanted))) {
            OnnxTensor tensor = (OnnxTensor) result.get(0);
            long[] shape = tensor.getInfo().getShape();
            if (shape.length != 3 || shape[1] != length) {
                throw new ModelException("The text encoder's output \"%s\" has the shape %s in place of [1, %d, width]"
                        .formatted(wanted, Arrays.toString(shape), length));
            }
            int width = (int) shape[2];
            return new Conditioning(Arrays.copyOf(numbers(tensor), tokens * width), tokens, width);
        }
    }

    private float value(String input, int[] ids, int at) {
        return switch (input) {
            case IDS -> at < ids.length ? ids[at] : tokenizer.padding();
            case MASK -> at < ids.length ? 1 : 0;
            default -> 0;
        };
    }

    private static float[] numbers(OnnxTensor tensor) throws ModelException {
        float[] numbers = new float[(int) tensor.getInfo().getNumElements()];
        switch (tensor.getInfo().type) {
            case FLOAT -> tensor.getFloatBuffer().get(numbers);
            case FLOAT16 -> {
                ShortBuffer halves = tensor.getByteBuffer().asShortBuffer();
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = Fp16Conversions.fp16ToFloat(halves.get(i));
                }
            }
            default -> throw new ModelException("The text encoder answers in " + tensor.getInfo().type);
        }
        return numbers;
    }

    @Override
    public void close() {
        slots.values().forEach(TensorSlot::close);
        graph.close();
    }
}
