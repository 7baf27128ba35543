package dev.darkroom.benchmark;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import java.util.Arrays;
import java.util.Random;

/** Calls of one size, which tell how fast the device is at the moment. */
final class ReferenceCalls {

    private static final int CALLS = 8;

    private final LoadedModel model;
    private final DenoiserBatch batch;

    /** @param side of the latent, in positions */
    ReferenceCalls(LoadedModel model, Conditioning text, int side, int rows) {
        this.model = model;
        int channels = model.traits().latentChannels();
        float[] latent = new float[channels * side * side];
        Random random = new Random(0);
        for (int i = 0; i < latent.length; i++) {
            latent[i] = (float) random.nextGaussian();
        }
        float[][] latents = new float[rows][];
        Arrays.fill(latents, latent);
        float[] timesteps = new float[rows];
        Arrays.fill(timesteps, model.traits().schedule().trainSteps() / 2);
        Conditioning[] texts = new Conditioning[rows];
        Arrays.fill(texts, text);
        batch = new DenoiserBatch(
                rows, channels, side, side, latents, timesteps, texts, new float[rows][latent.length]);
    }

    /** Returns rows per millisecond, by the mean of some calls after a first one that does not count. */
    double rate() throws ModelException {
        model.denoiser().predict(batch);
        long begun = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            model.denoiser().predict(batch);
        }
        return CALLS * batch.rows() / ((System.nanoTime() - begun) / 1e6);
    }
}
