package dev.darkroom.diffusion;

/**
 * DPM-Solver-12-3 with adaptive step size (Lu et al., "DPM-Solver", 2022, algorithm 3 and appendix C): each attempt takes
 * a step of third order and one of second from the same three model calls; their difference decides whether the attempt
 * counts, and how long the next one is. Tolerances, first length and the step controller are k-diffusion's.
 *
 * <p>How many calls that takes is not known beforehand, so that {@link #step} tells how far the logarithm of sigma has
 * come, in units of the plan's steps. It never falls. There are {@value #MOST_ATTEMPTS} attempts at most: from number
 * {@value #FREE_ATTEMPTS} on, each is accepted and long enough to finish in time.
 *
 * <p>The solver ends at the schedule's last level above 0; one more call's estimate then takes the rest of the noise
 * away. Where the schedule starts from pure noise, the first call leads to its second level, but to {@value #START} at
 * most, and the solver starts there: what it tolerates grows with the noise, and would drown the picture.
 */
final class DpmAdaptive extends SigmaSampler {

    static final int MOST_ATTEMPTS = 100;
    private static final int FREE_ATTEMPTS = 80;

    private static final double RELATIVE_TOLERANCE = 0.05;
    private static final double ABSOLUTE_TOLERANCE = 0.0078;
    private static final double FIRST_LENGTH = 0.05;

    /** The usual top level of Stable Diffusion, for which the tolerances were found. */
    private static final double START = 14.6;

    private static final double ACCEPTED = 0.81;
    private static final double END = 1e-5;
    private static final double R1 = 1.0 / 3;
    private static final double R2 = 2.0 / 3;

    private static final int FIRST = 0;
    private static final int SECOND = 1;
    private static final int POINT = 2;
    private static final int PREVIOUS = 3;

    /** How much of ln(high / low) is behind. */
    private static final int COVERED = 0;

    /** The next attempt's length in ln(sigma), 0 before the first. */
    private static final int LENGTH = 1;

    private static final int ATTEMPTS = 2;

    private final int lead;
    private final double high;
    private final double distance;

    DpmAdaptive(SamplerInputs inputs) {
        super(inputs, 4, 3);
        lead = startsFromPureNoise() ? 1 : 0;
        double low = level(steps() - 1);
        high = lead == 0 ? level(0) : Math.max(low, Math.min(level(1), START));
        distance = StrictMath.log(high / low);
    }

    @Override
    int stages() {
        return 3;
    }

    private boolean leads() {
        return step() < lead;
    }

    private boolean solved() {
        return register(COVERED) >= distance - END;
    }

    private double covered(double length) {
        return Math.min(distance, register(COVERED) + length);
    }

    private double length() {
        double length = register(LENGTH) == 0 ? FIRST_LENGTH : register(LENGTH);
        int attempts = (int) register(ATTEMPTS);
        if (attempts < FREE_ATTEMPTS) {
            return length;
        }
        return Math.max(length, (distance - register(COVERED)) / (MOST_ATTEMPTS - attempts));
    }

    private DpmSolverInterval interval() {
        return new DpmSolverInterval(
                high * StrictMath.exp(-register(COVERED)), high * StrictMath.exp(-covered(length())));
    }

    @Override
    int stepAfter() {
        if (leads()) {
            return lead;
        }
        if (stage() == 0) {
            return steps();
        }
        double share = distance == 0 ? 1 : register(COVERED) / distance;
        return Math.min(steps() - 1, Math.max(step(), lead + (int) (share * (steps() - 1 - lead))));
    }

    @Override
    Evaluation wanted() {
        if (leads()) {
            return super.wanted();
        }
        if (solved()) {
            return evaluation(latent(), level(steps() - 1));
        }
        return evaluation(stage() == 0 ? latent() : memory(POINT), interval().level(stage() / 3.0));
    }

    @Override
    boolean advance(float[] denoised) {
        if (leads()) {
            double kept = high / sigma();
            LinearCombination.of(latent(), kept, latent(), 1 - kept, denoised);
            return true;
        }
        if (solved()) {
            LinearCombination.of(latent(), 1, denoised);
            return true;
        }
        DpmSolverInterval interval = interval();
        switch (stage()) {
            case 0 -> {
                remember(FIRST, denoised);
                interval.first(memory(POINT), latent(), denoised, R1);
                return false;
            }
            case 1 -> {
                remember(SECOND, denoised);
                interval.middle(memory(POINT), latent(), memory(FIRST), denoised, R1, R2);
                return false;
            }
            default -> {
                return attempt(interval, denoised);
            }
        }
    }

    /** Weighs the steps of second and of third order against each other. */
    private boolean attempt(DpmSolverInterval interval, float[] denoised) {
        if (register(ATTEMPTS) == 0) {
            remember(PREVIOUS, latent());
        }
        float[] difference = memory(POINT);
        float[] second = memory(SECOND);
        interval.thirdLessSecond(difference, memory(FIRST), memory(SECOND), denoised, R1, R2);
        interval.second(second, latent(), memory(FIRST), memory(SECOND), R1);
        double factor = 1 + StrictMath.atan(StrictMath.cbrt(1 / (error(second, difference) + 1e-8)) - 1);
        boolean accepted = factor >= ACCEPTED || register(ATTEMPTS) >= FREE_ATTEMPTS;
        double length = length();
        register(LENGTH, length * factor);
        register(ATTEMPTS, register(ATTEMPTS) + 1);
        if (accepted) {
            register(COVERED, covered(length));
            remember(PREVIOUS, second);
            LinearCombination.of(latent(), 1, second, 1, difference);
            return true;
        }
        // the estimate at the start still holds; only the points after it move
        interval().first(memory(POINT), latent(), memory(FIRST), R1);
        restart();
        return false;
    }

    /** Returns the root mean square of the difference in units of what is tolerated. */
    private double error(float[] second, float[] difference) {
        float[] previous = memory(PREVIOUS);
        double sum = 0;
        for (int i = 0; i < second.length; i++) {
            double size = Math.max(Math.abs(second[i]), Math.abs(previous[i]));
            double share = difference[i] / Math.max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * size);
            sum += share * share;
        }
        return Math.sqrt(sum / second.length);
    }
}
