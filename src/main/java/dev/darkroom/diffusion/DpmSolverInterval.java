package dev.darkroom.diffusion;

/**
 * Steps of the singlestep DPM-Solver (Lu et al., "DPM-Solver", 2022, appendix B) from one noise level to a lower one. In
 * the paper's terms lambda is -ln(sigma), h is the interval's length in lambda, and an intermediate point lies at a
 * fraction r of it. The paper's formulas are in slopes, the noise {@code eps = (x - D) / sigma} that the model sees in x;
 * here they are in the estimates D, D' at r1, and D'' at r2. As each point is made of x and the slopes before, the
 * difference of slopes is {@code eps' - eps = (D - D') / sigma'}, in which nothing large cancels.
 *
 * @param from above {@code to}
 * @param to above 0
 */
record DpmSolverInterval(double from, double to) {

    private double h() {
        return StrictMath.log(from / to);
    }

    /** Returns the noise level at a fraction of the interval. */
    double level(double r) {
        return r == 0 ? from : r == 1 ? to : from * StrictMath.pow(to / from, r);
    }

    /** DPM-Solver-1, which is DDIM, up to a fraction of the interval. */
    void first(float[] into, float[] x, float[] estimate, double r) {
        double kept = level(r) / from;
        LinearCombination.of(into, kept, x, 1 - kept, estimate);
    }

    /** What the slope's change up to {@code r} counts for in DPM-Solver-2, in units of {@code D - D'}. */
    private double secondOrder(double r) {
        return (to - from) / (2 * r) / level(r);
    }

    /** DPM-Solver-2, from the estimates at the start and at fraction {@code r}. */
    void second(float[] into, float[] x, float[] estimate, float[] atR, double r) {
        double kept = to / from;
        double change = secondOrder(r);
        LinearCombination.of(into, kept, x, 1 - kept + change, estimate, -change, atR);
    }

    /** What the slope's change up to {@code r1} counts for in the point at {@code r2}, in units of {@code D - D'}. */
    private double middleOrder(double r1, double r2) {
        double part = r2 * h();
        return -level(r2) * (r2 / r1) * (StrictMath.expm1(part) / part - 1) / level(r1);
    }

    /** The second intermediate point of DPM-Solver-3, at {@code r2}, from the estimates at the start and at {@code r1}. */
    void middle(float[] into, float[] x, float[] estimate, float[] atR1, double r1, double r2) {
        double kept = level(r2) / from;
        double change = middleOrder(r1, r2);
        LinearCombination.of(into, kept, x, 1 - kept + change, estimate, -change, atR1);
    }

    /** What the slope's change up to {@code r2} counts for in DPM-Solver-3. */
    private double thirdOrder(double r2) {
        return -to / r2 * (StrictMath.expm1(h()) / h() - 1) / level(r2);
    }

    /** DPM-Solver-3, from the estimates at the start, at {@code r1} and at {@code r2}. */
    void third(float[] into, float[] x, float[] estimate, float[] atR1, float[] atR2, double r1, double r2) {
        double kept = to / from;
        double change = thirdOrder(r2);
        double through = change * middleOrder(r1, r2);
        LinearCombination.of(into, kept, x, 1 - kept + change + through, estimate, -through, atR1, -change, atR2);
    }

    /** The difference of DPM-Solver-3 from DPM-Solver-2 that takes the estimate at {@code r1}. */
    void thirdLessSecond(float[] into, float[] estimate, float[] atR1, float[] atR2, double r1, double r2) {
        double change = thirdOrder(r2);
        double through = change * middleOrder(r1, r2) - secondOrder(r1);
        LinearCombination.of(into, change + through, estimate, -through, atR1, -change, atR2);
    }
}
