package dev.darkroom.worker;

import dev.darkroom.diffusion.Row;
import org.jspecify.annotations.Nullable;

/**
 * Hears what is done for one attempt at a task. On the lane, which it must not hold up: it neither waits nor throws.
 * What has begun at a time tells it as {@link System#nanoTime}, and ends in the moment of the call.
 */
public interface TaskTrace {

    /** Shows nothing. */
    TaskTrace NONE = new TaskTrace() {
        @Override
        public void did(Part part, int image, long begun, @Nullable Throwable failure) {}

        @Override
        public void stepped(ModelCall call, Row row, int step, @Nullable Throwable failure) {}

        @Override
        public void ended(String outcome, @Nullable String error) {}
    };

    /** What a task's time goes into beside its steps. */
    enum Part {
        /** Waiting until the model is in memory. */
        MODEL,
        /** Encoding a text. */
        ENCODE,
        /** Decoding an image's latent. */
        DECODE,
        /** Encoding an image's file and writing it. */
        SAVE,
        /** Writing the task's end into its row. */
        COMPLETE
    }

    /**
     * One model call, in which images of several tasks may have their step.
     *
     * @param number counted by the lane; tasks that shared a call have it in common
     * @param model that was called
     * @param images that shared it
     * @param rows of the call
     * @param begun as {@link System#nanoTime}
     * @param modelNanos of its time in the model
     */
    record ModelCall(long number, String model, int images, int rows, long begun, long modelNanos) {}

    /**
     * Something beside a step was done, or failed.
     *
     * @param image that it was done for, from 0
     */
    void did(Part part, int image, long begun, @Nullable Throwable failure);

    /**
     * An image had its share in a model call, or that call failed.
     *
     * @param step that the call was made for, from 1
     */
    void stepped(ModelCall call, Row row, int step, @Nullable Throwable failure);

    /**
     * The lane has nothing to do with the attempt any more; what follows is not heard.
     *
     * @param outcome the task's state, or {@code lost} or {@code handed_back}
     * @param error what went wrong, in one sentence
     */
    void ended(String outcome, @Nullable String error);
}
