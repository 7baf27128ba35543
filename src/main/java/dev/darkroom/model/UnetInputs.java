package dev.darkroom.model;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.TensorInfo;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The inputs of a UNet's graph, filled row by row. Positions count, not the names of dimensions, which exports invent. */
final class UnetInputs implements AutoCloseable {
    static final String SAMPLE = "sample";
    static final String TIMESTEP = "timestep";
    private static final String TEXT = "encoder_hidden_states";
    private static final String POOLED = "text_embeds";
    private static final String SIZES = "time_ids";
    private static final String GUIDANCE = "timestep_cond";
    private static final int SIZES_OF_BASE = 6;

    /** Of every consistency model published so far. */
    private static final int USUAL_EMBEDDING = 256;

    private final Map<String, TensorSlot> slots = new HashMap<>();
    private final Map<String, OnnxTensor> values = new HashMap<>();
    private final TrainingSchedule schedule;
    private final boolean oneTimestep;
    private final int embedding;
    private final int latentScale;
    private final int extraChannels;
    private final @Nullable MaskedLatents masked;

    /**
     * @param schedule what it was trained on
     * @param latentScale pixels per latent position
     * @param extraChannels that the graph takes besides the latent's
     * @param masked what they hold when nobody says, or null if there are none
     * @throws ModelException if the graph's inputs are not a UNet's
     */
    UnetInputs(
            OnnxGraph graph,
            TrainingSchedule schedule,
            int latentScale,
            int extraChannels,
            @Nullable MaskedLatents masked)
            throws ModelException {
        graph.refuseOtherInputs(Set.of(SAMPLE, TIMESTEP, TEXT, POOLED, SIZES, GUIDANCE));
        Map<String, TensorInfo> inputs = graph.inputs();
        for (String required : new String[] {SAMPLE, TIMESTEP, TEXT}) {
            if (!inputs.containsKey(required)) {
                throw new ModelException("The UNet has no input \"%s\", only %s"
                        .formatted(required, String.join(", ", inputs.keySet())));
            }
        }
        for (Map.Entry<String, TensorInfo> input : inputs.entrySet()) {
            slots.put(input.getKey(), new TensorSlot(graph.environment(), input.getValue().type, input.getKey()));
        }
        OnnxJavaType times = inputs.get(TIMESTEP).type;
        if (schedule.edm() != null && (times == OnnxJavaType.INT64 || times == OnnxJavaType.INT32)) {
            throw new ModelException(
                    "The UNet takes whole timesteps, and a scheduler of continuous noise levels has others");
        }
        this.schedule = schedule;
        TensorInfo sizes = inputs.get(SIZES);
        if (sizes != null && sizes.getShape().length == 2 && sizes.getShape()[1] == SIZES_OF_BASE - 1) {
            throw new ModelException("The UNet is that of SDXL's refiner, which is not supported");
        }
        TensorInfo guidance = inputs.get(GUIDANCE);
        long[] shape = guidance == null ? new long[0] : guidance.getShape();
        this.embedding = shape.length == 2 && shape[1] > 0 ? (int) shape[1] : USUAL_EMBEDDING;
        this.oneTimestep = inputs.get(TIMESTEP).getShape().length == 0;
        this.latentScale = latentScale;
        this.extraChannels = extraChannels;
        this.masked = masked;
    }

    boolean oneTimestep() {
        return oneTimestep;
    }

    boolean embedsGuidance() {
        return slots.containsKey(GUIDANCE);
    }

    boolean takesPooled() {
        return slots.containsKey(POOLED);
    }

    /**
     * Fills all inputs for one call.
     *
     * @param start first row of the batch
     * @param end behind the last one
     * @param rows of the call; what is more than there are rows repeats the last one
     */
    Map<String, OnnxTensor> fill(DenoiserBatch batch, int start, int end, int rows) throws ModelException {
        Conditioning first = batch.conditionings()[start];
        values.clear();
        shape(SAMPLE, rows, (long) batch.channels() + extraChannels, batch.height(), batch.width());
        shape(TEXT, rows, first.tokens(), first.width());
        if (oneTimestep) {
            shape(TIMESTEP);
        } else {
            shape(TIMESTEP, rows);
        }
        if (takesPooled()) {
            shape(POOLED, rows, pooled(first).length);
        }
        if (slots.containsKey(SIZES)) {
            shape(SIZES, rows, SIZES_OF_BASE);
        }
        if (embedsGuidance()) {
            shape(GUIDANCE, rows, embedding);
        }
        for (int i = 0; i < rows; i++) {
            fillRow(batch, Math.min(start + i, end - 1), i, first);
        }
        return values;
    }

    private void shape(String input, long... shape) throws ModelException {
        values.put(input, slots.get(input).shaped(shape));
    }

    private void fillRow(DenoiserBatch batch, int row, int at, Conditioning first) throws ModelException {
        Conditioning text = batch.conditionings()[row];
        if (text.tokens() != first.tokens() || text.width() != first.width()) {
            throw new ModelException(
                    "Rows of one call have texts of %d and %d positions".formatted(first.tokens(), text.tokens()));
        }
        int positions = batch.height() * batch.width();
        int latent = batch.channels() * positions;
        int extra = extraChannels * positions;
        TensorSlot samples = slots.get(SAMPLE);
        samples.put(at * (latent + extra), batch.latents()[row], latent);
        if (extraChannels > 0) {
            samples.put(at * (latent + extra) + latent, channels(batch, text, extra), extra);
        }
        slots.get(TEXT).put(at * text.hiddenStates().length, text.hiddenStates(), text.hiddenStates().length);
        if (!oneTimestep || at == 0) {
            slots.get(TIMESTEP).put(at, (float) schedule.told(batch.timesteps()[row]));
        }
        if (takesPooled()) {
            float[] pooled = pooled(text);
            slots.get(POOLED).put(at * pooled.length, pooled, pooled.length);
        }
        TensorSlot sizes = slots.get(SIZES);
        if (sizes != null) {
            ImageSizes stated = text.added().sizes();
            ImageSizes own =
                    stated == null ? ImageSizes.of(batch.height() * latentScale, batch.width() * latentScale) : stated;
            for (int i = 0; i < SIZES_OF_BASE; i++) {
                sizes.put(at * SIZES_OF_BASE + i, own.number(i));
            }
        }
        if (embedsGuidance()) {
            Double guidance = text.added().guidance();
            slots.get(GUIDANCE).put(at * embedding, embedded(guidance == null ? 1 : guidance, embedding), embedding);
        }
    }

    private float[] channels(DenoiserBatch batch, Conditioning text, int length) throws ModelException {
        float[] stated = text.added().channels();
        if (stated == null && masked != null) {
            return masked.everything(batch.height(), batch.width());
        }
        if (stated == null || stated.length != length) {
            throw new ModelException("An inpainting UNet needs %d numbers of mask and masked latent, found %d"
                    .formatted(length, stated == null ? 0 : stated.length));
        }
        return stated;
    }

    private static float[] pooled(Conditioning text) throws ModelException {
        float[] pooled = text.added().pooled();
        if (pooled == null) {
            throw new ModelException("The UNet needs a pooled text, and the text encoders give none");
        }
        return pooled;
    }

    /**
     * Returns the sinusoids by which a consistency model is told a guidance scale (Luo et al. 2023, "Latent Consistency
     * Models", section 4.1; Vaswani et al. 2017 for the form): sines, then cosines, of a thousand times the scale less
     * one.
     */
    static float[] embedded(double guidance, int length) {
        float[] embedding = new float[length];
        int half = length / 2;
        for (int i = 0; i < half; i++) {
            double angle = (guidance - 1) * 1000 * StrictMath.exp(-StrictMath.log(10000) / (half - 1) * i);
            embedding[i] = (float) StrictMath.sin(angle);
            embedding[half + i] = (float) StrictMath.cos(angle);
        }
        return embedding;
    }

    @Override
    public void close() {
        values.clear();
        slots.values().forEach(TensorSlot::close);
        if (masked != null) {
            masked.close();
        }
    }
}
