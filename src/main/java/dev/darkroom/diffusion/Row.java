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
    private final Guidance guidance;
    private final @Nullable AdmScaling admScaling;
    private final Sampler sampler;
    private final BatchKey batchKey;
    private float @Nullable [] denoised;

    /**
     * @param imageIndex from 0
     * @param negative null leaves the unconditional pass out
     * @param guidanceScale classifier-free guidance
     * @throws IllegalArgumentException if the two conditionings differ in width
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
        this(task, imageIndex, positive, negative, Guidance.of(guidanceScale), sampler, latentHeight, latentWidth);
    }

    /**
     * @param imageIndex from 0
     * @param negative null leaves the unconditional pass out
     * @param guidance how the two answers become one; where it needs no negative, that one is dropped
     * @throws IllegalArgumentException if the two conditionings differ in width
     */
    public Row(
            TaskId task,
            int imageIndex,
            Conditioning positive,
            @Nullable Conditioning negative,
            Guidance guidance,
            Sampler sampler,
            int latentHeight,
            int latentWidth) {
        this(task, imageIndex, positive, negative, guidance, null, sampler, latentHeight, latentWidth);
    }

    /**
     * @param imageIndex from 0
     * @param negative null leaves the unconditional pass out
     * @param guidance how the two answers become one; where it needs no negative, that one is dropped
     * @param admScaling what SDXL is told of the picture's size, or null for the truth
     * @throws IllegalArgumentException if the two conditionings differ in width
     */
    public Row(
            TaskId task,
            int imageIndex,
            Conditioning positive,
            @Nullable Conditioning negative,
            Guidance guidance,
            @Nullable AdmScaling admScaling,
            Sampler sampler,
            int latentHeight,
            int latentWidth) {
        this.task = task;
        this.imageIndex = imageIndex;
        this.guidance = guidance;
        this.admScaling = admScaling;
        this.sampler = sampler;
        if (negative == null || !guidance.needsNegative()) {
            this.positive = positive;
            this.negative = null;
        } else {
            TokenAlignment aligned = TokenAlignment.of(positive, negative);
            this.positive = aligned.positive();
            this.negative = aligned.negative();
        }
        this.batchKey = new BatchKey(latentHeight, latentWidth, this.positive.tokens());
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
        return batchKey.latentHeight();
    }

    /** Returns the latent's width. */
    public int latentWidth() {
        return batchKey.latentWidth();
    }

    /** Returns what the image should show, as long as {@link #negative()}: repeated where the two were of two lengths. */
    public Conditioning positive() {
        return positive;
    }

    /** Returns what it should not show, or null where guidance needs no second pass. */
    public @Nullable Conditioning negative() {
        return negative;
    }

    /** Returns the classifier-free guidance. */
    public double guidanceScale() {
        return guidance.scale();
    }

    /** Returns how the answers to both prompts become one. */
    public Guidance guidance() {
        return guidance;
    }

    /** Returns what SDXL is told of the picture's size, or null for the truth. */
    public @Nullable AdmScaling admScaling() {
        return admScaling;
    }

    /** Returns what it must have in common with the rows that share its model call. */
    public BatchKey batchKey() {
        return batchKey;
    }

    /** Returns how many rows of a model call it takes: 2 with a negative prompt, else 1. */
    public int modelRows() {
        return negative == null ? 1 : 2;
    }

    /**
     * Returns the model's latest estimate of the finished latent, {@code [channels, height, width]}, or null before the
     * first step. The array is overwritten by the next turn.
     */
    public float @Nullable [] denoised() {
        return denoised;
    }

    /** Moves the sampler by an estimate, and keeps a copy of it. */
    void accept(float[] estimate) {
        if (denoised == null) {
            denoised = new float[estimate.length];
        }
        System.arraycopy(estimate, 0, denoised, 0, estimate.length);
        sampler.accept(denoised);
    }
}
