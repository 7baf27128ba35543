package dev.darkroom.diffusion;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.ImageSizes;
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
    private long modelNanos;
    private boolean usual;
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
        turn(rows, 0);
    }

    /**
     * Makes one model call of a given size.
     *
     * @param rows see {@link #turn(List)}
     * @param size rows of the call: one of more than the rows need is filled up, which changes nothing for them; where it
     *     is less, several calls are made, one after the other; 0 takes what the rows need
     * @throws ModelException if the call failed or gave numbers that are none; no row has moved then
     * @throws IllegalArgumentException if the rows can't share a call, or a latent does not fit the model
     */
    public void turn(List<Row> rows, int size) throws ModelException {
        BatchBuffers batch = gather(rows, size);
        long begun = System.nanoTime();
        try {
            predict(batch, size);
            modelNanos = System.nanoTime() - begun;
            usual = batch.called();
        } finally {
            batch.finish();
        }
        sharpen(rows, batch);
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

    /**
     * Returns how long the model took in the last turn, in nanoseconds; with sharpness, where its device does that as well.
     */
    public long modelNanos() {
        return modelNanos;
    }

    /**
     * Tells whether calls like the last one were made before, and blurs like its own where the device blurs: it takes its
     * time to prepare for the first.
     */
    public boolean wasUsual() {
        return usual;
    }

    private void predict(BatchBuffers batch, int size) throws ModelException {
        if (size == 0 || size >= batch.rows()) {
            model.denoiser().predict(batch.batch());
            return;
        }
        for (int from = 0; from < batch.rows(); from += size) {
            model.denoiser().predict(batch.part(from, Math.min(batch.rows(), from + size)));
        }
    }

    private BatchBuffers gather(List<Row> rows, int size) {
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
                shape -> new BatchBuffers(channels, shape.height(), shape.width(), model.blur()));
        batch.start(Math.max(modelRows, size));
        for (Row row : rows) {
            Evaluation evaluation = row.sampler().next();
            if (evaluation.latent().length != batch.length()) {
                throw new IllegalArgumentException("a latent of %d numbers is not %d channels of %d x %d"
                        .formatted(evaluation.latent().length, channels, key.latentHeight(), key.latentWidth()));
            }
            Conditioning negative = row.negative();
            batch.add(
                    evaluation,
                    preconditioning(evaluation).input(),
                    sized(row.positive(), row, evaluation, true),
                    negative == null ? null : sized(negative, row, evaluation, false));
        }
        batch.fill(size);
        return batch;
    }

    /** Returns a text with what is said of the picture's size at this step. */
    private Conditioning sized(Conditioning text, Row row, Evaluation evaluation, boolean positive) {
        AdmScaling scaling = row.admScaling();
        if (scaling == null) {
            return text;
        }
        int pixels = model.traits().latentScale();
        boolean scaled = scaling.appliesAt(
                evaluation.timestep(), model.traits().schedule().trainSteps() - 1.0);
        float[] ids = scaling.timeIds(row.latentWidth() * pixels, row.latentHeight() * pixels, positive, scaled);
        return text.sized(
                new ImageSizes((int) ids[0], (int) ids[1], (int) ids[2], (int) ids[3], (int) ids[4], (int) ids[5]));
    }

    private Preconditioning preconditioning(Evaluation evaluation) {
        return Preconditioning.of(model.traits().prediction(), evaluation.sigma());
    }

    /** Returns how far from pure noise a row has come, from 0 to 1. */
    private double progress(Evaluation evaluation) {
        return 1 - evaluation.timestep() / (model.traits().schedule().trainSteps() - 1);
    }

    /** Blurs the positive answers of rows that want it; what the device takes for that belongs to the call. */
    private void sharpen(List<Row> rows, BatchBuffers batch) throws ModelException {
        int modelRow = 0;
        Sharpener used = null;
        for (Row row : rows) {
            Evaluation evaluation = row.sampler().next();
            double share = row.negative() == null ? 0 : row.guidance().blurAt(progress(evaluation));
            if (share > 0) {
                used = batch.sharpener();
                used.add(batch.output(modelRow), evaluation.latent(), preconditioning(evaluation), share);
            }
            modelRow += row.modelRows();
        }
        if (used != null) {
            modelNanos += used.finish();
            usual = usual && used.wasUsual();
        }
    }

    /** Turns the network's answers for a row into the estimate of its clean latent, in the place of the first answer. */
    private void estimate(Row row, BatchBuffers batch, int modelRow) throws ModelException {
        float[] answer = batch.output(modelRow);
        Evaluation evaluation = row.sampler().next();
        Preconditioning wrapped = preconditioning(evaluation);
        if (row.negative() == null) {
            LinearCombination.of(answer, wrapped.skip(), evaluation.latent(), wrapped.output(), answer);
        } else {
            row.guidance()
                    .estimate(answer, batch.output(modelRow + 1), progress(evaluation), evaluation.latent(), wrapped);
        }
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
