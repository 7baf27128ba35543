package dev.darkroom.diffusion;

import dev.darkroom.model.Conditioning;
import dev.darkroom.task.TaskId;
import org.jspecify.annotations.Nullable;

/** One image on its way: what the step loop keeps of it between two model calls. Belongs to the device's lane. */
public final class Row {

    private final TaskId task;
    private final int imageIndex;
    private final Conditioning positive;
    private final @Nullable Conditioning negative;
    private final double guidanceScale;
    private final Sampler sampler;
    private final int latentHeight;
    private final int latentWidth;

    /**
     * @param imageIndex from 0
     * @param negative null leaves the unconditional pass out
     * @param guidanceScale classifier-free guidance
     */
    public Row(
            TaskId task,
            int imageIndex,
            Conditioning positive,
            @Nullable Conditioning negative,
            double guidanceScale,
            Sampler sampler,
            int latentHeight,
            int latentWidth) {
        this.task = task;
        this.imageIndex = imageIndex;
        this.positive = positive;
        this.negative = negative;
        this.guidanceScale = guidanceScale;
        this.sampler = sampler;
        this.latentHeight = latentHeight;
        this.latentWidth = latentWidth;
    }

    /** Returns the task that the image belongs to. */
    public TaskId task() {
        return task;
    }

    /** Returns the image's index within its task, from 0. */
    public int imageIndex() {
        return imageIndex;
    }

    /** Returns the state machine that makes the latent. */
    public Sampler sampler() {
        return sampler;
    }

    /** Returns the latent's height. */
    public int latentHeight() {
        return latentHeight;
    }

    /** Returns the latent's width. */
    public int latentWidth() {
        return latentWidth;
    }

    /** Returns what the image should show. */
    public Conditioning positive() {
        return positive;
    }

    /** Returns what it should not show, or null where guidance needs no second pass. */
    public @Nullable Conditioning negative() {
        return negative;
    }

    /** Returns the classifier-free guidance. */
    public double guidanceScale() {
        return guidanceScale;
    }

    /**
     * Returns the model's latest estimate of the finished latent, {@code [channels, height, width]}, or null before the
     * first step. The array is overwritten by the next turn.
     */
    public float @Nullable [] denoised() {
        return null;
    }
}
