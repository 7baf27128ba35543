package dev.darkroom.diffusion;

/**
 * Makes one image's latent, as a state machine: it says what it wants evaluated, and accepts the answer. Any mix of
 * samplers can so share one model call, and stop or change places between two calls. One thread at a time.
 *
 * <p>Some samplers ask twice or more for one step; {@link #step} counts steps.
 */
public interface Sampler {

    /** Tells whether the latent is finished. */
    boolean done();

    /** Returns how many steps are done. */
    int step();

    /** Returns how many steps there are in all. */
    int steps();

    /**
     * Returns what is to be evaluated next; the same until {@link #accept}.
     *
     * @throws IllegalStateException if it is done
     */
    Evaluation next();

    /**
     * Takes the model's estimate of the clean latent for {@link #next()}.
     *
     * @param denoised {@code [channels, height, width]}; not kept, not changed
     */
    void accept(float[] denoised);

    /** Returns the latent as it stands; when done, the finished one. */
    float[] latent();

    /** Returns all state as bytes, from which an equal sampler can go on. */
    byte[] save();
}
