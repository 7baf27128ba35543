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
    private final SamplerNoise noise;
    private final double[] sigmas;
    private final float[] latent;
    private final float[][] memory;
    private final double[] registers;
    private int step;
    private int stage;

    /** @param slots how many latents the sampler keeps besides its own */
    SigmaSampler(SamplerInputs inputs, int slots) {
        this(inputs, slots, 0);
    }

    /**
     * @param slots how many latents the sampler keeps besides its own
     * @param numbers how many numbers it keeps
     */
    SigmaSampler(SamplerInputs inputs, int slots, int numbers) {
        SamplerState state = inputs.state();
        this.schedule = inputs.schedule();
        this.noise = inputs.noise();
        this.name = state.sampler();
        this.seed = state.seed();
        this.sigmas = state.sigmas();
        this.latent = state.latent();
        this.step = state.step();
        this.stage = state.stage();
        this.memory = state.memory().length == 0 ? new float[slots][latent.length] : state.memory();
        this.registers = state.registers().length == 0 ? new double[numbers] : state.registers();
        if (memory.length != slots || registers.length != numbers || stage >= stages() || step > steps()) {
            throw new IllegalArgumentException("these bytes are not the state of sampler " + name);
        }
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

    /** Returns how many steps are done once the current one is complete. */
    int stepAfter() {
        return step + 1;
    }

    /** Returns the latent and level to be evaluated at the current stage. */
    Evaluation wanted() {
        return evaluation(latent, sigma());
    }

    @Override
    public final boolean done() {
        return step >= steps();
    }

    @Override
    public final int step() {
        return step;
    }

    @Override
    public int steps() {
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
            step = stepAfter();
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
        return new SamplerState(name, seed, step, stage, sigmas, latent, memory, registers).toBytes();
    }

    final Evaluation evaluation(float[] at, double sigma) {
        return new Evaluation(at, sigma, schedule.timestep(sigma));
    }

    final int stage() {
        return stage;
    }

    /** Returns the level at which the step starts. */
    double sigma() {
        return sigmas[step];
    }

    /** Returns the level to which the step leads; 0 in the last one. */
    double nextSigma() {
        return sigmas[step + 1];
    }

    /** Returns the level at which the step before started; there must have been one. */
    final double previousSigma() {
        return sigmas[step - 1];
    }

    /** Returns an entry of the list of noise levels; the step of that number starts there. */
    final double level(int index) {
        return sigmas[index];
    }

    /** Returns how many entries the list has. */
    final int levels() {
        return sigmas.length;
    }

    final NoiseSchedule schedule() {
        return schedule;
    }

    /** Tells whether the first step leaves pure noise, where a solver has nothing to work on. */
    final boolean startsFromPureNoise() {
        return schedule.startsFromPureNoise(sigmas);
    }

    /** Goes back to the step's first stage, as one whose result was thrown away. */
    final void restart() {
        stage = 0;
    }

    /** Tells whether the current step is the one that leaves pure noise. */
    final boolean leavesPureNoise() {
        return step == 0 && startsFromPureNoise();
    }

    /** Returns one of the numbers that are saved with the state; 0 at first. */
    final double register(int index) {
        return registers[index];
    }

    final void register(int index, double value) {
        registers[index] = value;
    }

    final float[] memory(int slot) {
        return memory[slot];
    }

    final void remember(int slot, float[] values) {
        System.arraycopy(values, 0, memory[slot], 0, values.length);
    }

    /** Draws one of the step's noises, 0 or 1. */
    final void draw(int which, float[] into) {
        int index = 1 + DRAWS_PER_STEP * step + which;
        noise.fresh(index, drawsNext() ? index + DRAWS_PER_STEP : NoiseAhead.NONE, into);
    }

    /** Tells whether a step that draws noise is followed by another one; the last step ends without. */
    boolean drawsNext() {
        return step + 2 < steps();
    }

    /** Takes the increment of the image's Brownian path between two levels, brought to variance one. */
    final void increment(double from, double to, float[] into) {
        noise.increment(from, to, into);
    }
}
