package dev.darkroom.diffusion;

import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Advances rows: gathers what their samplers ask, calls the model once, and hands every row its answer. Belongs to the
 * device's lane: one thread at a time.
 *
 * <p>In a call, a row's positive and negative prompt stand side by side and share one input array; the outputs are
 * worked on in place afterwards, so that the network must write every number of them, each time.
 */
public final class StepLoop {

    /** Latent shapes whose buffers are kept; rows in flight seldom have more. */
    private static final int SHAPES_KEPT = 4;

    private static final int EXPONENT_OF_NONE = 0x7f800000;

    private record Shape(int height, int width) {}

    private final LoadedModel model;
    private final Map<Shape, BatchBuffers> buffers = new LinkedHashMap<>(8, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, BatchBuffers> eldest) {
            return size() > SHAPES_KEPT;
        }
    };

    /** @param model whose rows this loop advances */
    public StepLoop(LoadedModel model) {
        this.model = model;
    }

    /**
     * Makes one model call for rows that share model and latent shape, whatever else differs.
     *
     * @param rows not done, all with one {@link Row#batchKey()}; each takes {@link Row#modelRows()} rows of the call
     * @throws ModelException if the call failed or gave numbers that are none; no row has moved then
     * @throws IllegalArgumentException if the rows can't share a call, or a latent does not fit the model
     */
    public void turn(List<Row> rows) throws ModelException {
        BatchBuffers batch = gather(rows);
        try {
            model.denoiser().predict(batch.batch());
        } finally {
            batch.finish();
        }
        int modelRow = 0;
        for (Row row : rows) {
            estimate(row, batch, modelRow);
            modelRow += row.modelRows();
        }
        modelRow = 0;
        for (Row row : rows) {
            row.accept(batch.output(modelRow));
            modelRow += row.modelRows();
        }
    }

    private BatchBuffers gather(List<Row> rows) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a turn needs a row");
        }
        BatchKey key = rows.get(0).batchKey();
        int modelRows = 0;
        for (Row row : rows) {
            if (!row.batchKey().equals(key)) {
                throw new IllegalArgumentException(
                        "rows of %s and %s can't share a model call".formatted(key, row.batchKey()));
            }
            modelRows += row.modelRows();
        }
        int channels = model.traits().latentChannels();
        BatchBuffers batch = buffers.computeIfAbsent(
                new Shape(key.latentHeight(), key.latentWidth()),
                shape -> new BatchBuffers(channels, shape.height(), shape.width()));
        batch.start(modelRows);
        for (Row row : rows) {
            Evaluation evaluation = row.sampler().next();
            if (evaluation.latent().length != batch.length()) {
                throw new IllegalArgumentException("a latent of %d numbers is not %d channels of %d x %d"
                        .formatted(evaluation.latent().length, channels, key.latentHeight(), key.latentWidth()));
            }
            batch.add(row, evaluation, preconditioning(evaluation).input());
        }
        return batch;
    }

    private Preconditioning preconditioning(Evaluation evaluation) {
        return Preconditioning.of(model.traits().prediction(), evaluation.sigma());
    }

    /** Returns how far from pure noise a row has come, from 0 to 1. */
    private double progress(Evaluation evaluation) {
        return 1 - evaluation.timestep() / (model.traits().schedule().trainSteps() - 1);
    }

    /** Turns the network's answers for a row into the estimate of its clean latent, in the place of the first answer. */
    private void estimate(Row row, BatchBuffers batch, int modelRow) throws ModelException {
        float[] answer = batch.output(modelRow);
        Evaluation evaluation = row.sampler().next();
        Preconditioning wrapped = preconditioning(evaluation);
        if (row.negative() != null) {
            double progress = progress(evaluation);
            double blur = row.guidance().blurAt(progress);
            if (blur > 0) {
                batch.sharpener().apply(answer, evaluation.latent(), wrapped, blur);
            }
            row.guidance().combine(answer, batch.output(modelRow + 1), progress);
        }
        LinearCombination.of(answer, wrapped.skip(), evaluation.latent(), wrapped.output(), answer);
        if (holdsNone(answer)) {
            throw new ModelException("the model gave numbers that are none (NaN) at step %d of %d"
                    .formatted(row.sampler().step() + 1, row.sampler().steps()));
        }
    }

    /** Tells whether a number is not finite: the highest exponent stands for NaN and the infinities alone. */
    private static boolean holdsNone(float[] values) {
        int highest = 0;
        for (float value : values) {
            highest = Math.max(highest, Float.floatToRawIntBits(value) & Integer.MAX_VALUE);
        }
        return highest >= EXPONENT_OF_NONE;
    }
}
