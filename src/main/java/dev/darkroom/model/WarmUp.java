package dev.darkroom.model;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uses each network once before the first task does, so that what can't work fails at load, and finds out whether the
 * denoiser keeps the rows of a batch apart: some exports froze the batch that they were traced with.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final int TEST_SIDE = 16;
    /** 16-bit graphs and CUDA's kernels differ a little between batch sizes; mixed-up rows differ a lot. */
    private static final float TOLERANCE = 0.02f;

    private final ModelTraits traits;
    private final TextEncoder encoder;
    private final Unet unet;
    private final VaeDecoder decoder;
    private final Random random = new Random(0);

    WarmUp(ModelTraits traits, TextEncoder encoder, Unet unet, VaeDecoder decoder) {
        this.traits = traits;
        this.encoder = encoder;
        this.unet = unet;
        this.decoder = decoder;
    }

    /** @throws ModelException if a network does not work */
    void run() throws ModelException {
        long channels = unet.channels();
        if (channels > 0 && channels != traits.latentChannels()) {
            throw new ModelException(
                    "The UNet takes %d channels and the VAE has %d: inpainting models are not supported"
                            .formatted(channels, traits.latentChannels()));
        }
        encoder.learnFinalNorm();
        Conditioning[] texts = {encoder.encode("a red cat on the house", 1), encoder.encode("", 1)};
        int rows = positions(traits.defaults().height());
        int columns = positions(traits.defaults().width());
        float[] latent = noise(rows, columns);
        predict(rows, columns, new float[][] {latent}, new float[] {timestep(0.5)}, texts);
        decoder.decode(latent, rows, columns);
        if (unet.rowsPerCall() == 0
                && !keepsRowsApart(texts, Math.min(rows, TEST_SIDE), Math.min(columns, TEST_SIDE))) {
            LOG.info("Model {} mixes the rows of a batch up, so that each row becomes a call", traits.name());
            unet.fixRowsPerCall(1);
        }
    }

    private int positions(@Nullable Integer pixels) {
        return Math.max(1, (pixels == null ? traits.nativeSize() : pixels) / traits.latentScale());
    }

    private float timestep(double share) {
        return (int) (traits.schedule().trainSteps() * share);
    }

    private boolean keepsRowsApart(Conditioning[] texts, int rows, int columns) throws ModelException {
        float[][] latents = {noise(rows, columns), noise(rows, columns)};
        // rows of unequal timesteps never share a call of a graph that takes one
        float[] timesteps = {timestep(0.7), timestep(unet.takesOneTimestep() ? 0.7 : 0.2)};
        float[][] alone = new float[2][];
        for (int i = 0; i < 2; i++) {
            alone[i] = predict(
                    rows, columns, new float[][] {latents[i]}, new float[] {timesteps[i]}, new Conditioning[] {texts[i]
                    })[0];
        }
        try {
            float[][] together = predict(rows, columns, latents, timesteps, texts);
            return near(alone[0], together[0]) && near(alone[1], together[1]);
        } catch (ModelException batchesDoNotWork) {
            LOG.debug("A batch of two rows failed", batchesDoNotWork);
            return false;
        }
    }

    private float[][] predict(int rows, int columns, float[][] latents, float[] timesteps, Conditioning[] texts)
            throws ModelException {
        float[][] outputs = new float[latents.length][latents[0].length];
        unet.predict(new DenoiserBatch(
                latents.length, traits.latentChannels(), rows, columns, latents, timesteps, texts, outputs));
        return outputs;
    }

    private float[] noise(int rows, int columns) {
        float[] noise = new float[traits.latentChannels() * rows * columns];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    private static boolean near(float[] expected, float[] actual) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow(expected[i] - actual[i], 2);
            size += Math.pow(expected[i], 2);
        }
        // also false when something is NaN
        return difference <= TOLERANCE * TOLERANCE * size;
    }
}
