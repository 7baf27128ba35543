package dev.darkroom.testing;

import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.Denoiser;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.DeviceMemoryException;
import dev.darkroom.model.Family;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** A model that computes next to nothing: it predicts no noise, after a delay. For tests and benchmarks. */
public final class NullModel implements LoadedModel {

    private final ModelTraits traits;
    private final ToDoubleFunction<DenoiserBatch> delayMillis;

    /** Previews made so far. */
    public final AtomicInteger previews = new AtomicInteger();

    /** Texts in the order in which they were encoded. */
    public final Queue<String> encoded = new ConcurrentLinkedQueue<>();

    /** The next model call fails, once. */
    public volatile boolean failsNext;

    /** Called at the begin of each denoiser call, on the lane. */
    public volatile Runnable beforeCall = () -> {};

    /** Called at the begin of each denoiser call with what it is asked, on the lane. */
    public volatile Consumer<DenoiserBatch> onCall = batch -> {};

    /** Called with each text that is to be encoded, on the lane. */
    public volatile Consumer<String> onText = text -> {};

    /** A denoiser call of more rows does not fit the memory. */
    public volatile int memoryRows = Integer.MAX_VALUE;

    /** Called at the begin of each decoding, on the lane. */
    public volatile Runnable beforeDecode = () -> {};

    /** Called at the begin of each preview, on the thread that makes it. */
    public volatile Runnable beforePreview = () -> {};

    /** A permit for each time that the call in flight was cancelled; a decoding with a permit fails at its end. */
    public final Semaphore cancels = new Semaphore(0);

    /**
     * @param side pixels of its usual square picture
     * @param delayMillis of each denoiser call
     */
    public NullModel(String name, int side, int steps, long delayMillis) {
        this(name, side, steps, batch -> delayMillis);
    }

    /**
     * @param side pixels of its usual square picture
     * @param delayMillis of a denoiser call
     */
    public NullModel(String name, int side, int steps, ToDoubleFunction<DenoiserBatch> delayMillis) {
        ModelDefaults defaults = new ModelDefaults(
                "computes nothing", side, side, null, null, steps, null, null, null, null, "", List.of());
        TrainingSchedule schedule = new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "leading", 1);
        traits = new ModelTraits(
                name, "0".repeat(64), 4, 8, 8, side, Prediction.EPSILON, schedule, defaults, Family.OTHER, 12, false);
        this.delayMillis = delayMillis;
    }

    @Override
    public ModelTraits traits() {
        return traits;
    }

    @Override
    public Denoiser denoiser() {
        return batch -> {
            beforeCall.run();
            onCall.accept(batch);
            if (batch.rows() > memoryRows) {
                throw new DeviceMemoryException("the device's memory is full");
            }
            long until = System.nanoTime() + (long) (delayMillis.applyAsDouble(batch) * 1e6);
            while (System.nanoTime() < until) {
                LockSupport.parkNanos(until - System.nanoTime());
            }
            if (failsNext) {
                failsNext = false;
                throw new ModelException("the device failed");
            }
            for (int row = 0; row < batch.rows(); row++) {
                float[] latent = batch.latents()[row];
                System.arraycopy(latent, 0, batch.outputs()[row], 0, batch.channels() * batch.height() * batch.width());
            }
        };
    }

    @Override
    public Conditioning encode(String text, int clipSkip) {
        onText.accept(text);
        encoded.add(text);
        return new Conditioning(new float[77 * 4], 77, 4);
    }

    @Override
    public RgbImage decode(float[] latent, int height, int width) throws ModelException {
        cancels.drainPermits();
        beforeDecode.run();
        if (cancels.tryAcquire()) {
            throw new ModelException("the call was cancelled");
        }
        return picture(latent, height, width, 8);
    }

    @Override
    public RgbImage preview(float[] latent, int height, int width) {
        previews.incrementAndGet();
        beforePreview.run();
        return picture(latent, height, width, 1);
    }

    private static RgbImage picture(float[] latent, int height, int width, int scale) {
        byte[] rgb = new byte[height * scale * width * scale * 3];
        for (int index = 0; index < rgb.length; index++) {
            rgb[index] = (byte) (latent[index % latent.length] * 64);
        }
        return new RgbImage(width * scale, height * scale, rgb);
    }

    @Override
    public void cancel() {
        cancels.release();
    }

    @Override
    public void close() {}
}
