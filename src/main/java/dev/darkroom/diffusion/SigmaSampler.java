package dev.darkroom.diffusion;

/**
 * What samplers share that walk down a list of noise levels: the latent, the place in the list, memory of earlier model
 * calls, noise, saving. A step asks the model once, unless a subclass says otherwise.
 *
 * <p>Formulas are written as weighted sums whose weights add up to one, where the usual form divides by sigma and
 * multiplies again: it is the same number with less rounding, and stays exact at the top of a schedule that ends in
 * pure noise.
 */
abstract class SigmaSampler implements Sampler {

    /** Draws of noise that a step may use; the draw's index so follows from the step alone. */
    private static final int DRAWS_PER_STEP = 2;

    private final NoiseSchedule schedule;
    private final String name;
    private final long seed;
    private final NoiseSource source;
    private final double[] sigmas;
    private final float[] latent;
    private final float[][] memory;
    private int step;
    private int stage;

    /** @param slots how many latents the sampler keeps besides its own */
    SigmaSampler(NoiseSchedule schedule, SamplerState state, int slots) {
        this.schedule = schedule;
        this.name = state.sampler();
        this.seed = state.seed();
        this.source = new NoiseSource(seed);
        this.sigmas = state.sigmas();
        this.latent = state.latent();
        this.step = state.step();
        this.stage = state.stage();
        boolean fresh = state.memory().length == 0;
        if (!fresh && state.memory().length != slots || stage >= stages()) {
            throw new IllegalArgumentException("these bytes are not the state of sampler " + name);
        }
        this.memory = fresh ? new float[slots][latent.length] : state.memory();
    }

    /** Returns the model calls that a step may take. */
    int stages() {
        return 1;
    }

    /**
     * Takes the model's answer.
     *
     * @return whether the step is complete; if not, {@link #wanted} asks for more
     */
    abstract boolean advance(float[] denoised);

    /** Returns the latent and level to be evaluated at the current stage. */
    Evaluation wanted() {
        return evaluation(latent, sigma());
    }

    @Override
    public final boolean done() {
        return step == steps();
    }

    @Override
    public final int step() {
        return step;
    }

    @Override
    public final int steps() {
        return sigmas.length - 1;
    }

    @Override
    public final Evaluation next() {
        if (done()) {
            throw new IllegalStateException("the latent is finished");
        }
        return wanted();
    }

    @Override
    public final void accept(float[] denoised) {
        if (done()) {
            throw new IllegalStateException("the latent is finished");
        }
        if (denoised.length != latent.length) {
            throw new IllegalArgumentException(
                    "an estimate of %d numbers does not fit a latent of %d".formatted(denoised.length, latent.length));
        }
        if (advance(denoised)) {
            step++;
            stage = 0;
        } else {
            stage++;
        }
    }

    @Override
    public final float[] latent() {
        return latent;
    }

    @Override
    public final byte[] save() {
        return new SamplerState(name, seed, step, stage, sigmas, latent, memory).toBytes();
    }

    final Evaluation evaluation(float[] at, double sigma) {
        return new Evaluation(at, sigma, schedule.timestep(sigma));
    }

    final int stage() {
        return stage;
    }

    /** Returns the level at which the step starts. */
    final double sigma() {
        return sigmas[step];
    }

    /** Returns the level to which the step leads; 0 in the last one. */
    final double nextSigma() {
        return sigmas[step + 1];
    }

    /** Returns the level at which the step before started; there must have been one. */
    final double previousSigma() {
        return sigmas[step - 1];
    }

    final float[] memory(int slot) {
        return memory[slot];
    }

    final void remember(int slot, float[] values) {
        System.arraycopy(values, 0, memory[slot], 0, values.length);
    }

    /** Draws one of the step's noises, 0 or 1. */
    final void draw(int which, float[] into) {
        source.draw(1 + DRAWS_PER_STEP * step + which, into);
    }
}
