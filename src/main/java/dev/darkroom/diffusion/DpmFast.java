package dev.darkroom.diffusion;

/**
 * DPM-Solver-fast (Lu et al., "DPM-Solver", 2022, section 3.4): as many steps of third order as the model calls allow,
 * equally long in the logarithm of sigma, and one of lower order with what is left. A call counts as a step. The solver
 * works between the schedule's first level and its last above 0; the last call's estimate then takes the rest of the
 * noise away. Where the schedule starts from pure noise, the first call leads to its second level, and the solver starts
 * there.
 */
final class DpmFast extends SigmaSampler {

    private static final double R1 = 1.0 / 3;
    private static final double R2 = 2.0 / 3;

    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int POINT = 2;

    private final int lead;

    /** One call of the solver: the interval, its order, and which of its calls this is. */
    private record Call(DpmSolverInterval interval, int order, int stage) {

        /** Returns the fraction of the interval at which the model is asked. */
        double fraction() {
            return order == 2 ? stage / 2.0 : stage / 3.0;
        }
    }

    DpmFast(SamplerInputs inputs) {
        super(inputs, 3);
        lead = startsFromPureNoise() ? 1 : 0;
    }

    @Override
    Evaluation wanted() {
        if (outside()) {
            return super.wanted();
        }
        Call call = call();
        return evaluation(
                call.stage() == 0 ? latent() : memory(POINT), call.interval().level(call.fraction()));
    }

    /** Tells whether the call is the one that leaves pure noise, or the last. */
    private boolean outside() {
        return step() < lead || step() == steps() - 1;
    }

    @Override
    boolean advance(float[] denoised) {
        if (outside()) {
            double kept = nextSigma() / sigma();
            LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised);
            return true;
        }
        Call call = call();
        DpmSolverInterval interval = call.interval();
        if (call.stage() == 0) {
            remember(FIRST, denoised);
            double r = call.order() == 1 ? 1 : call.order() == 2 ? 0.5 : R1;
            interval.first(call.order() == 1 ? latent() : memory(POINT), latent(), denoised, r);
        } else if (call.order() == 2) {
            interval.second(latent(), latent(), memory(FIRST), denoised, 0.5);
        } else if (call.stage() == 1) {
            remember(SECOND, denoised);
            interval.middle(memory(POINT), latent(), memory(FIRST), denoised, R1, R2);
        } else {
            interval.third(latent(), latent(), memory(FIRST), memory(SECOND), denoised, R1, R2);
        }
        return true;
    }

    private Call call() {
        int calls = steps() - 1 - lead;
        int index = step() - lead;
        int blocks = calls / 3 + 1;
        int block = index / 3;
        int stage = index % 3;
        int order = block < blocks - 1 ? 3 : calls % 3;
        if (calls % 3 == 0 && block == blocks - 2) {
            // the last three calls are one step of second order and one of first
            order = stage == 2 ? 1 : 2;
            block += stage / 2;
            stage %= 2;
        }
        double high = level(lead);
        double ratio = level(steps() - 1) / high;
        double from = high * StrictMath.pow(ratio, (double) block / blocks);
        double to = high * StrictMath.pow(ratio, (block + 1.0) / blocks);
        return new Call(new DpmSolverInterval(from, to), order, stage);
    }
}
