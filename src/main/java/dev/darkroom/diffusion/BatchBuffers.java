package dev.darkroom.diffusion;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.EdgePreservingBlur;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** The arrays of model calls for one latent shape. They grow to the largest batch seen, and are used again and again. */
final class BatchBuffers {

    private final int channels;
    private final int height;
    private final int width;
    private final @Nullable EdgePreservingBlur blur;
    private int used;
    private float[][] inputs = new float[0][];
    private float[][] latents = new float[0][];
    private float[][] outputs = new float[0][];
    private float[] timesteps = new float[0];
    private Conditioning[] conditionings = new Conditioning[0];
    private final BitSet sizesCalled = new BitSet();
    private @Nullable Sharpener sharpener;

    /** @param blur of the model's device, or null */
    BatchBuffers(int channels, int height, int width, @Nullable EdgePreservingBlur blur) {
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.blur = blur;
    }

    /** Makes room, and starts an empty batch. */
    void start(int rows) {
        used = 0;
        if (sharpener != null) {
            sharpener.start();
        }
        int had = inputs.length;
        if (rows <= had) {
            return;
        }
        inputs = Arrays.copyOf(inputs, rows);
        outputs = Arrays.copyOf(outputs, rows);
        for (int i = had; i < rows; i++) {
            inputs[i] = new float[length()];
            outputs[i] = new float[length()];
        }
        latents = Arrays.copyOf(latents, rows);
        timesteps = Arrays.copyOf(timesteps, rows);
        conditionings = Arrays.copyOf(conditionings, rows);
    }

    /** Returns the numbers of one latent. */
    int length() {
        return channels * height * width;
    }

    /**
     * Adds a row's one or two model rows, which share their input.
     *
     * @param negative null for one model row
     */
    void add(Evaluation evaluation, double inputScale, Conditioning positive, @Nullable Conditioning negative) {
        float[] input = inputs[used];
        LinearCombination.of(input, inputScale, evaluation.latent());
        add(input, evaluation, positive);
        if (negative != null) {
            add(input, evaluation, negative);
        }
    }

    private void add(float[] input, Evaluation evaluation, Conditioning conditioning) {
        latents[used] = input;
        timesteps[used] = (float) evaluation.timestep();
        conditionings[used] = conditioning;
        used++;
    }

    /** Fills the batch up with copies of its last row, whose answers nobody reads. Room for them was made. */
    void fill(int rows) {
        while (used < rows) {
            latents[used] = latents[used - 1];
            timesteps[used] = timesteps[used - 1];
            conditionings[used] = conditionings[used - 1];
            used++;
        }
    }

    int rows() {
        return used;
    }

    DenoiserBatch batch() {
        return new DenoiserBatch(used, channels, height, width, latents, timesteps, conditionings, outputs);
    }

    /** Returns some rows as a batch of their own. */
    DenoiserBatch part(int from, int to) {
        return new DenoiserBatch(
                to - from,
                channels,
                height,
                width,
                Arrays.copyOfRange(latents, from, to),
                Arrays.copyOfRange(timesteps, from, to),
                Arrays.copyOfRange(conditionings, from, to),
                Arrays.copyOfRange(outputs, from, to));
    }

    /** Takes note that a call of this size was made; returns whether it was not the first. */
    boolean called() {
        boolean before = sizesCalled.get(used);
        sizesCalled.set(used);
        return before;
    }

    float[] output(int modelRow) {
        return outputs[modelRow];
    }

    /** Returns what sharpens answers of this shape. */
    Sharpener sharpener() {
        Sharpener made = sharpener;
        if (made == null) {
            made = new Sharpener(channels, height, width, blur);
            sharpener = made;
        }
        return made;
    }

    /** Lets go of the rows' conditionings. */
    void finish() {
        Arrays.fill(conditionings, null);
    }
}
