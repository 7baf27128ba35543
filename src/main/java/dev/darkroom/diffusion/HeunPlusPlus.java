package dev.darkroom.diffusion;

/**
 * The sampler known as heunpp2: Heun's method with a look two levels ahead. The slopes d at the step's start, d' at its
 * end and d'' at the end of the next step are weighted with {@code w' = sigma' / (3 sigma_0)},
 * {@code w'' = sigma'' / (3 sigma_0)} and {@code w = 1 - w' - w''}, where sigma_0 is the schedule's top; in the step
 * before the last, where there is no third slope, {@code w' = sigma' / (2 sigma_0)}. First described in the extension
 * sd-webui-samplers-scheduler by Carzit.
 */
final class HeunPlusPlus extends SigmaSampler {

    private static final int POINT = 0;
    private static final int FIRST = 1;
    private static final int SECOND = 2;

    HeunPlusPlus(SamplerInputs inputs) {
        super(inputs, 3);
    }

    @Override
    int stages() {
        return 3;
    }

    @Override
    Evaluation wanted() {
        return stage() == 0 ? super.wanted() : evaluation(memory(POINT), level(step() + stage()));
    }

    @Override
    boolean advance(float[] denoised) {
        return switch (stage()) {
            case 0 -> first(denoised);
            case 1 -> second(denoised);
            default -> third(denoised);
        };
    }

    private boolean first(float[] denoised) {
        if (nextSigma() == 0) {
            LinearCombination.of(latent(), 1, denoised);
            return true;
        }
        double kept = nextSigma() / sigma();
        LinearCombination.of(memory(POINT), kept, latent(), 1 - kept, denoised);
        remember(FIRST, denoised);
        return false;
    }

    private boolean second(float[] denoised) {
        double afterNext = level(step() + 2);
        if (afterNext == 0) {
            move(nextSigma() / (2 * level(0)), 0, denoised, denoised);
            return true;
        }
        double kept = afterNext / nextSigma();
        LinearCombination.of(memory(POINT), kept, memory(POINT), 1 - kept, denoised);
        remember(SECOND, denoised);
        return false;
    }

    private boolean third(float[] denoised) {
        move(nextSigma() / (3 * level(0)), level(step() + 2) / (3 * level(0)), memory(SECOND), denoised);
        return true;
    }

    /**
     * Moves by the weighted slopes. With estimates D, D', D'', and as each point is a mix of the one before and its
     * estimate, {@code d = (x - D) / sigma}, {@code d' = x / sigma + ((1 - sigma'/sigma) D - D') / sigma'} and
     * {@code d'' = d' + (D' - D'') / sigma''}; so that x counts with {@code sigma' / sigma} in all.
     */
    private void move(double second, double third, float[] secondEstimate, float[] thirdEstimate) {
        double length = nextSigma() - sigma();
        double kept = nextSigma() / sigma();
        double afterNext = third == 0 ? 1 : level(step() + 2);
        double first = 1 - second - third;
        double ofFirst = -first / sigma() + (second + third) * (1 - kept) / nextSigma();
        double ofSecond = -(second + third) / nextSigma() + third / afterNext;
        LinearCombination.of(
                latent(),
                kept,
                latent(),
                length * ofFirst,
                memory(FIRST),
                length * ofSecond,
                secondEstimate,
                -length * third / afterNext,
                thirdEstimate);
    }
}
