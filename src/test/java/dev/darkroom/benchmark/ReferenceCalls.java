package dev.darkroom.benchmark;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import java.util.Arrays;
import java.util.Random;

/** Calls of one size, whose time tells how fast the device is at the moment. */
final class ReferenceCalls {

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

    int rows() {
        return batch.rows();
    }

    /** Makes a call; returns how long it took, in nanoseconds. */
    long call() throws ModelException {
        long begun = System.nanoTime();
        model.denoiser().predict(batch);
        return System.nanoTime() - begun;
    }
}
