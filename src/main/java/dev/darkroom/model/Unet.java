package dev.darkroom.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.TensorInfo;
import java.util.Map;
import java.util.Set;

/**
 * A UNet in Optimum's or the diffusers script's layout: {@code sample}, {@code timestep} and
 * {@code encoder_hidden_states} to {@code out_sample}.
 */
final class Unet implements Denoiser, AutoCloseable {
    private static final String SAMPLE = "sample";
    private static final String TIMESTEP = "timestep";
    private static final String TEXT = "encoder_hidden_states";

    private final OnnxGraph graph;
    private final String output;
    private final TensorSlot samples;
    private final TensorSlot timesteps;
    private final TensorSlot texts;
    private final TensorSlot results;
    private final boolean oneTimestep;
    private int rowsPerCall;

    /** @throws ModelException if the graph's inputs are not a UNet's */
    Unet(OnnxGraph graph) throws ModelException {
        this.graph = graph;
        if (graph.inputs().containsKey("text_embeds") || graph.inputs().containsKey("time_ids")) {
            throw new ModelException("The UNet is one of SDXL, which is not supported yet");
        }
        graph.refuseOtherInputs(Set.of(SAMPLE, TIMESTEP, TEXT));
        this.output = graph.output("out_sample");
        this.samples = slot(SAMPLE);
        this.timesteps = slot(TIMESTEP);
        this.texts = slot(TEXT);
        this.results = new TensorSlot(graph.environment(), graph.outputs().get(output).type, output);
        this.oneTimestep = input(TIMESTEP).getShape().length == 0;
        long[] shape = input(SAMPLE).getShape();
        this.rowsPerCall = shape.length > 0 && shape[0] > 0 ? (int) shape[0] : 0;
    }

    private TensorInfo input(String name) throws ModelException {
        TensorInfo info = graph.inputs().get(name);
        if (info == null) {
            throw new ModelException("The UNet has no input \"%s\", only %s"
                    .formatted(name, String.join(", ", graph.inputs().keySet())));
        }
        return info;
    }

    private TensorSlot slot(String name) throws ModelException {
        return new TensorSlot(graph.environment(), input(name).type, name);
    }

    /** Returns the channels that the graph fixes, or -1. */
    long channels() throws ModelException {
        long[] shape = input(SAMPLE).getShape();
        return shape.length == 4 ? shape[1] : -1;
    }

    /** Returns how many rows a call must have, or 0 if that is open. */
    int rowsPerCall() {
        return rowsPerCall;
    }

    /** Returns whether all rows of a call share a timestep, because the graph takes a single number. */
    boolean takesOneTimestep() {
        return oneTimestep;
    }

    /** Makes every call one of so many rows from now on. */
    void fixRowsPerCall(int rows) {
        rowsPerCall = rows;
    }

    @Override
    public void predict(DenoiserBatch batch) throws ModelException {
        int row = 0;
        while (row < batch.rows()) {
            int end = endOfCall(batch, row);
            call(batch, row, end);
            row = end;
        }
    }

    /** Rows that one call can hold: as many as the graph takes, and with a single timestep only equal ones. */
    private int endOfCall(DenoiserBatch batch, int start) {
        int most = rowsPerCall > 0 ? Math.min(batch.rows(), start + rowsPerCall) : batch.rows();
        int end = start + 1;
        while (end < most && !(oneTimestep && batch.timesteps()[end] != batch.timesteps()[start])) {
            end++;
        }
        return end;
    }

    private void call(DenoiserBatch batch, int start, int end) throws ModelException {
        int rows = Math.max(end - start, rowsPerCall);
        Conditioning first = batch.conditionings()[start];
        int latent = batch.channels() * batch.height() * batch.width();
        int text = first.tokens() * first.width();
        long[] shape = {rows, batch.channels(), batch.height(), batch.width()};
        Map<String, OnnxTensor> inputs = Map.of(
                SAMPLE, samples.shaped(shape),
                TIMESTEP, oneTimestep ? timesteps.shaped() : timesteps.shaped(rows),
                TEXT, texts.shaped(rows, first.tokens(), first.width()));
        for (int i = 0; i < rows; i++) {
            // a call that must have more rows than are left gets the last one again
            int row = Math.min(start + i, end - 1);
            samples.put(i * latent, batch.latents()[row], latent);
            Conditioning conditioning = batch.conditionings()[row];
            if (conditioning.tokens() != first.tokens() || conditioning.width() != first.width()) {
                throw new ModelException("Rows of one call have texts of %d and %d positions"
                        .formatted(first.tokens(), conditioning.tokens()));
            }
            texts.put(i * text, conditioning.hiddenStates(), text);
            if (!oneTimestep || i == 0) {
                timesteps.put(i, batch.timesteps()[row]);
            }
        }
        graph.runInto(inputs, Map.of(output, results.shaped(shape)));
        for (int row = start; row < end; row++) {
            results.get((row - start) * latent, batch.outputs()[row], latent);
        }
    }

    @Override
    public void close() {
        samples.close();
        timesteps.close();
        texts.close();
        results.close();
        graph.close();
    }
}
