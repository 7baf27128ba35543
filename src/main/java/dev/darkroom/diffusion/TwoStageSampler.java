package dev.darkroom.diffusion;

/** A sampler whose steps look at a second point before they move, except where the step's end says otherwise. */
abstract class TwoStageSampler extends SigmaSampler {

    /** The slot of {@link #memory} in which the second point lies. */
    static final int SECOND = 0;

    /** @param slots the second point's included */
    TwoStageSampler(SamplerInputs inputs, int slots) {
        super(inputs, slots);
    }

    /** Returns the level of the second point. */
    abstract double secondSigma();

    /**
     * Tells whether the step is made from the first estimate alone. A sampler that multiplies the change of slopes by the
     * step's length must do so where it leaves pure noise: that length is in the thousands.
     */
    boolean direct() {
        return nextSigma() == 0;
    }

    /** Moves to the step's end in one go. */
    void finish(float[] denoised) {
        double kept = nextSigma() / sigma();
        LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised);
    }

    /** Puts the second point into its slot. */
    abstract void look(float[] denoised);

    /** Moves the latent by the estimate at the second point. */
    abstract void move(float[] denoised);

    @Override
    final int stages() {
        return 2;
    }

    @Override
    final Evaluation wanted() {
        return stage() == 0 ? super.wanted() : evaluation(memory(SECOND), secondSigma());
    }

    @Override
    final boolean advance(float[] denoised) {
        if (stage() == 1) {
            move(denoised);
            return true;
        }
        if (direct()) {
            finish(denoised);
            return true;
        }
        look(denoised);
        return false;
    }
}
