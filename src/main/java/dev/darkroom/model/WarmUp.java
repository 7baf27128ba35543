package dev.darkroom.model;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uses each network once before the first task does, so that what can't work fails at load, and finds out whether the
 * denoiser keeps the rows of a batch apart: some exports froze the batch that they were traced with. Such a one is called
 * with the only number of rows that works: one, or the two of a trace with guidance.
 */
final class WarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    private static final int TEST_SIDE = 16;
    private static final double[] SHARES = {0.7, 0.2, 0.45};
    private static final double[] GUIDANCES = {1.5, 8, 4};
    /** 16-bit graphs and CUDA's kernels differ a little between batch sizes; mixed-up rows differ a lot. */
    private static final float TOLERANCE = 0.02f;

    private final ModelTraits traits;
    private final PromptEncoder encoder;
    private final DenoiserGraph denoiser;
    private final VaeDecoder decoder;
    private final Random random = new Random(0);

    WarmUp(ModelTraits traits, PromptEncoder encoder, DenoiserGraph denoiser, VaeDecoder decoder) {
        this.traits = traits;
        this.encoder = encoder;
        this.denoiser = denoiser;
        this.decoder = decoder;
    }

    /** @throws ModelException if a network does not work */
    void run() throws ModelException {
        encoder.learnFinalNorm();
        Integer clipSkip = traits.defaults().clipSkip();
        String[] prompts = {"a red cat on the house", "", "the blue tree"};
        Conditioning[] texts = new Conditioning[prompts.length];
        for (int i = 0; i < texts.length; i++) {
            texts[i] =
                    encoder.encode(prompts[i], clipSkip == null ? 1 : clipSkip).guided(GUIDANCES[i]);
        }
        int rows = positions(traits.defaults().height());
        int columns = positions(traits.defaults().width());
        float[] latent = noise(rows, columns);
        firstCall(rows, columns, latent, texts);
        decoder.decode(latent, rows, columns);
        if (denoiser.rowsPerCall() == 0
                && !keepsRowsApart(texts, Math.min(rows, TEST_SIDE), Math.min(columns, TEST_SIDE))) {
            LOG.info("Model {} mixes the rows of a batch up, so that each row becomes a call", traits.name());
            denoiser.fixRowsPerCall(1);
        }
    }

    /** Makes a call of one row; where none works, one of two. */
    private void firstCall(int rows, int columns, float[] latent, Conditioning[] texts) throws ModelException {
        float[][] latents = {latent};
        float[] timesteps = {timestep(0.5)};
        try {
            predict(rows, columns, latents, timesteps, texts);
        } catch (ModelException one) {
            if (denoiser.rowsPerCall() != 0) {
                throw one;
            }
            denoiser.fixRowsPerCall(2);
            try {
                predict(rows, columns, latents, timesteps, texts);
            } catch (ModelException two) {
                one.addSuppressed(two);
                throw one;
            }
            LOG.info("Model {} takes two rows at a time and nothing else", traits.name());
            int side = Math.min(rows, TEST_SIDE);
            if (!keepsRowsApart(texts, side, Math.min(columns, TEST_SIDE))) {
                throw new ModelException(
                        "The UNet works with two rows only and mixes them up: it was exported with a frozen batch",
                        one);
            }
        }
    }

    private int positions(@Nullable Integer pixels) {
        return Math.max(1, (pixels == null ? traits.nativeSize() : pixels) / traits.latentScale());
    }

    private float timestep(double share) {
        return (int) (traits.schedule().trainSteps() * share);
    }

    /** Compares the rows of a batch of three with what they are alone. */
    private boolean keepsRowsApart(Conditioning[] texts, int rows, int columns) throws ModelException {
        int count = texts.length;
        float[][] latents = new float[count][];
        float[] timesteps = new float[count];
        float[][] alone = new float[count][];
        for (int i = 0; i < count; i++) {
            latents[i] = noise(rows, columns);
            // rows of unequal timesteps never share a call of a graph that takes one
            timesteps[i] = timestep(SHARES[denoiser.takesOneTimestep() ? 0 : i]);
            alone[i] = predict(
                    rows, columns, new float[][] {latents[i]}, new float[] {timesteps[i]}, new Conditioning[] {texts[i]
                    })[0];
        }
        try {
            float[][] together = predict(rows, columns, latents, timesteps, texts);
            for (int i = 0; i < count; i++) {
                if (!near(alone[i], together[i])) {
                    return false;
                }
            }
            return true;
        } catch (ModelException batchesDoNotWork) {
            LOG.debug("A batch of {} rows failed", count, batchesDoNotWork);
            return false;
        }
    }

    private float[][] predict(int rows, int columns, float[][] latents, float[] timesteps, Conditioning[] texts)
            throws ModelException {
        float[][] outputs = new float[latents.length][latents[0].length];
        denoiser.predict(new DenoiserBatch(
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
