package dev.darkroom.model;

import ai.onnxruntime.TensorInfo;
import java.util.Map;

/**
 * A UNet in Optimum's, Olive's or the diffusers script's layout: {@code sample}, {@code timestep},
 * {@code encoder_hidden_states} and what some families add, to {@code out_sample}.
 */
final class Unet implements DenoiserGraph {
    private final OnnxGraph graph;
    private final UnetInputs inputs;
    private final String output;
    private final TensorSlot results;
    private int rowsPerCall;
    private int leastRows = 1;

    Unet(OnnxGraph graph, UnetInputs inputs) throws ModelException {
        this.graph = graph;
        this.inputs = inputs;
        this.output = graph.output("out_sample");
        this.results = new TensorSlot(graph.environment(), graph.outputs().get(output).type, output);
        long[] shape = graph.inputs().get(UnetInputs.SAMPLE).getShape();
        this.rowsPerCall = shape.length > 0 && shape[0] > 0 ? (int) shape[0] : 0;
    }

    /** Returns the channels that a UNet's graph takes, or -1 if it does not say. */
    static int channels(OnnxGraph graph) {
        TensorInfo sample = graph.inputs().get(UnetInputs.SAMPLE);
        return sample != null && sample.getShape().length == 4 ? (int) sample.getShape()[1] : -1;
    }

    @Override
    public int rowsPerCall() {
        return rowsPerCall;
    }

    @Override
    public void fixRowsPerCall(int rows) {
        rowsPerCall = rows;
    }

    /** Fills every call up to so many rows with copies, where the graph takes any number. */
    void fillUpTo(int rows) {
        leastRows = rows;
    }

    @Override
    public boolean takesOneTimestep() {
        return inputs.oneTimestep();
    }

    @Override
    public boolean embedsGuidance() {
        return inputs.embedsGuidance();
    }

    /** Returns whether it needs the text in one vector besides its hidden states. */
    boolean takesPooled() {
        return inputs.takesPooled();
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
        while (end < most && !(takesOneTimestep() && batch.timesteps()[end] != batch.timesteps()[start])) {
            end++;
        }
        return end;
    }

    private void call(DenoiserBatch batch, int start, int end) throws ModelException {
        int rows = Math.max(end - start, rowsPerCall > 0 ? rowsPerCall : leastRows);
        int latent = batch.channels() * batch.height() * batch.width();
        graph.runInto(
                inputs.fill(batch, start, end, rows),
                Map.of(output, results.shaped(rows, batch.channels(), batch.height(), batch.width())));
        for (int row = start; row < end; row++) {
            results.get((row - start) * latent, batch.outputs()[row], latent);
        }
    }

    @Override
    public void close() {
        inputs.close();
        results.close();
        graph.close();
    }
}
