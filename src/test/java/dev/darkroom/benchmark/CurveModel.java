package dev.darkroom.benchmark;

import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.Denoiser;
import dev.darkroom.model.Family;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.util.concurrent.locks.LockSupport;

/** A timed session: its calls at 512 x 512 take what a device's curve says, and compute nothing. */
record CurveModel(ModelTraits traits, LatencyCurve curve) implements LoadedModel {

    private static final int TOKENS = 77;
    private static final int WIDTH = 768;

    /** What a thread that sleeps is late at most; the rest of a call's time is waited for actively. */
    private static final long LATE_NANOS = 300_000;

    CurveModel(LatencyCurve curve) {
        this(
                new ModelTraits(
                        "curve",
                        "",
                        4,
                        8,
                        8,
                        512,
                        Prediction.EPSILON,
                        new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "leading", 1),
                        ModelDefaults.NONE,
                        Family.OTHER,
                        12,
                        false),
                curve);
    }

    @Override
    public Denoiser denoiser() {
        return batch -> {
            long until = System.nanoTime() + (long) (curve.millis(batch.rows()) * 1e6);
            for (int row = 0; row < batch.rows(); row++) {
                System.arraycopy(batch.latents()[row], 0, batch.outputs()[row], 0, batch.outputs()[row].length);
            }
            for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
                if (left > LATE_NANOS) {
                    LockSupport.parkNanos(left - LATE_NANOS);
                } else {
                    Thread.onSpinWait();
                }
            }
        };
    }

    @Override
    public Conditioning encode(String text, int clipSkip) {
        return new Conditioning(new float[TOKENS * WIDTH], TOKENS, WIDTH);
    }

    @Override
    public RgbImage decode(float[] latent, int height, int width) {
        throw new UnsupportedOperationException();
    }

    /** Returns two by two pixels for each position, of the colours that Stable Diffusion's linear map takes as many sums for. */
    @Override
    public RgbImage preview(float[] latent, int height, int width) {
        byte[] rgb = new byte[2 * height * 2 * width * 3];
        int plane = height * width;
        for (int y = 0; y < 2 * height; y++) {
            for (int x = 0; x < 2 * width; x++) {
                int at = y / 2 * width + x / 2;
                for (int colour = 0; colour < 3; colour++) {
                    float value = 0.3f * latent[at]
                            + 0.2f * latent[plane + at]
                            - 0.1f * colour * latent[2 * plane + at]
                            + 0.1f * latent[3 * plane + at];
                    rgb[(y * 2 * width + x) * 3 + colour] = (byte) Math.max(0, Math.min(255, 128 + 60 * value));
                }
            }
        }
        return new RgbImage(2 * width, 2 * height, rgb);
    }

    @Override
    public void close() {}
}
