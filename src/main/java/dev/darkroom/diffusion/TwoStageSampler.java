package dev.darkroom.diffusion;

/** A sampler whose steps look at a second point before they move, except where the step's end says otherwise. */
abstract class TwoStageSampler extends SigmaSampler {

    /** The slot of {@link #memory} in which the second point lies. */
    static final int SECOND = 0;

    /** @param slots the second point's included */
    TwoStageSampler(NoiseSchedule schedule, SamplerState state, int slots) {
        super(schedule, state, slots);
    }

    /** Returns the level of the second point. */
    abstract double secondSigma();

    /** Moves to the step's end in one go, as the last step does. */
    void finish(float[] denoised) {
        LinearCombination.of(latent(), 1, denoised);
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
        if (nextSigma() == 0) {
            finish(denoised);
            return true;
        }
        look(denoised);
        return false;
    }
}
