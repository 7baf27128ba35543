package dev.darkroom.diffusion;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.DeviceMemoryException;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Takes a model's {@link LatencyCurve} by calls of noise, one per {@link #turn}, so that other work finds its place in
 * between. Each size is called once before it counts. It goes up the sizes until three in a row gain nothing, the
 * memory is full or the time is spent. One thread at a time.
 */
public final class CurveProbe {

    private static final int LARGEST = 64;

    /** So many sizes in a row that gain nothing are enough; fewer may be a busy moment of the machine. */
    private static final int FLAT = 3;

    private final LoadedModel model;
    private final BatchKey shape;
    private final Conditioning text;
    private final LatencyCurve curve;
    private final int mostRows;
    private final int samples;
    private final long budgetNanos;
    private final Random random = new Random(0);
    private final List<Long> taken = new ArrayList<>();
    private long spent;
    private int size = 1;
    private int calls;
    private double bestRate;
    private int flat;
    private boolean done;

    /**
     * @param text of the shape's number of tokens
     * @param curve gets what is measured
     * @param mostRows of a call
     * @param samples of each size; what the curve knows so well already is passed over
     * @param budgetNanos after which no more calls are made
     */
    public CurveProbe(
            LoadedModel model,
            BatchKey shape,
            Conditioning text,
            LatencyCurve curve,
            int mostRows,
            int samples,
            long budgetNanos) {
        this.model = model;
        this.shape = shape;
        this.text = text;
        this.curve = curve;
        this.mostRows = Math.min(mostRows, LARGEST);
        this.samples = samples;
        this.budgetNanos = budgetNanos;
        done = mostRows < 1;
        skipKnown();
    }

    /** Returns what its calls are like. */
    public BatchKey shape() {
        return shape;
    }

    /** Tells whether all is measured that is to be. */
    public boolean done() {
        return done;
    }

    /**
     * Makes one call.
     *
     * @throws ModelException if it failed for another reason than memory; the probe is done then
     */
    public void turn() throws ModelException {
        if (done) {
            return;
        }
        long begun = System.nanoTime();
        try {
            model.denoiser().predict(batch());
        } catch (DeviceMemoryException full) {
            curve.lower(size, System.nanoTime());
            done = true;
            return;
        } catch (ModelException failure) {
            done = true;
            throw failure;
        }
        long took = System.nanoTime() - begun;
        spent += took;
        calls++;
        if (calls > 1) {
            curve.learn(size, took / 1e6);
            taken.add(took);
        }
        if (calls > samples) {
            next();
        } else if (spent > budgetNanos) {
            done = true;
        }
    }

    /** Goes on with the next size, if that may gain anything. */
    private void next() {
        // of three and more, neither a call that something held up nor a lucky one decides
        Collections.sort(taken);
        double rate = size / (double) taken.get(taken.size() / 2);
        taken.clear();
        note(rate);
        advance();
        done |= spent + (samples + 1) * size / rate > budgetNanos;
        skipKnown();
    }

    private void note(double rate) {
        boolean gained = rate > bestRate / LatencyCurve.ENOUGH;
        bestRate = Math.max(bestRate, rate);
        flat = gained ? 0 : flat + 1;
        done |= flat == FLAT;
    }

    private void skipKnown() {
        while (!done && curve.knows(size, samples)) {
            note(size / (curve.millis(size) * 1e6));
            advance();
        }
    }

    private void advance() {
        calls = 0;
        size = BatchSizes.atLeast(size + 1);
        done |= size > mostRows;
    }

    private DenoiserBatch batch() {
        int channels = model.traits().latentChannels();
        int length = channels * shape.latentHeight() * shape.latentWidth();
        float[] latent = new float[length];
        for (int i = 0; i < length; i++) {
            latent[i] = (float) random.nextGaussian();
        }
        float[][] latents = new float[size][];
        Arrays.fill(latents, latent);
        float[] timesteps = new float[size];
        Arrays.fill(timesteps, model.traits().schedule().trainSteps() / 2);
        Conditioning[] texts = new Conditioning[size];
        Arrays.fill(texts, text);
        return new DenoiserBatch(
                size,
                channels,
                shape.latentHeight(),
                shape.latentWidth(),
                latents,
                timesteps,
                texts,
                new float[size][length]);
    }
}
