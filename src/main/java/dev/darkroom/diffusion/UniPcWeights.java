package dev.darkroom.diffusion;

/**
 * What the differences of estimates count for in a step of UniPC (Zhao et al. 2023, theorem 3.1): the solution rho of
 * {@code sum_k r_k^(i-1) rho_k = i! phi_(i+1)(h) / B(h)}, i from 1, with h negated as the network predicts the clean
 * latent; then {@code -B(h) rho_k / r_k} for each earlier estimate, and {@code -B(h) rho} for the one at the step's end.
 */
final class UniPcWeights {

    private final double[] earlier;
    private final double atEnd;

    private UniPcWeights(double[] earlier, double atEnd) {
        this.earlier = earlier;
        this.atEnd = atEnd;
    }

    /**
     * Weights without an estimate at the step's end.
     *
     * @param lambdas at the step's end, at its start, and at the starts of the steps before
     */
    static UniPcWeights predicting(double[] lambdas, boolean exponential) {
        return of(lambdas, exponential, false);
    }

    /** Weights with an estimate at the step's end. */
    static UniPcWeights correcting(double[] lambdas, boolean exponential) {
        return of(lambdas, exponential, true);
    }

    private static UniPcWeights of(double[] lambdas, boolean exponential, boolean withEnd) {
        int past = lambdas.length - 2;
        double h = lambdas[0] - lambdas[1];
        double b = exponential ? StrictMath.expm1(-h) : -h;
        int size = past + (withEnd ? 1 : 0);
        double[] r = new double[size];
        for (int k = 0; k < past; k++) {
            r[k] = (lambdas[k + 2] - lambdas[1]) / h;
        }
        if (withEnd) {
            r[past] = 1;
        }
        double[] rho = solve(r, rightSide(h, b, size));
        double[] earlier = new double[past];
        for (int k = 0; k < past; k++) {
            earlier[k] = -b * rho[k] / r[k];
        }
        return new UniPcWeights(earlier, withEnd ? -b * rho[past] : 0);
    }

    private static double[] rightSide(double h, double b, int size) {
        if (size == 1) {
            // the paper's choice, which keeps the order without the functions of h
            return new double[] {0.5};
        }
        double[] values = new double[size];
        double phi = StrictMath.expm1(-h) / -h - 1;
        double factorial = 1;
        for (int i = 0; i < size; i++) {
            values[i] = phi * factorial / b;
            factorial *= i + 2;
            phi = phi / -h - 1 / factorial;
        }
        return values;
    }

    /** Solves {@code sum_k r_k^i rho_k = values_i} for up to three different r, by elimination. */
    private static double[] solve(double[] r, double[] values) {
        int size = r.length;
        double[][] rows = new double[size][size + 1];
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < size; k++) {
                rows[i][k] = i == 0 ? 1 : rows[i - 1][k] * r[k];
            }
            rows[i][size] = values[i];
        }
        for (int pivot = 0; pivot < size; pivot++) {
            for (int i = pivot + 1; i < size; i++) {
                double factor = rows[i][pivot] / rows[pivot][pivot];
                for (int k = pivot; k <= size; k++) {
                    rows[i][k] -= factor * rows[pivot][k];
                }
            }
        }
        double[] rho = new double[size];
        for (int i = size - 1; i >= 0; i--) {
            double value = rows[i][size];
            for (int k = i + 1; k < size; k++) {
                value -= rows[i][k] * rho[k];
            }
            rho[i] = value / rows[i][i];
        }
        return rho;
    }

    /** Returns the weight of the estimate a number of steps before the step's start, from 1. */
    double earlier(int back) {
        return earlier[back - 1];
    }

    /** Returns the weight of the estimate at the step's end, 0 when predicting. */
    double atEnd() {
        return atEnd;
    }

    /** Returns the sum of all, which the estimate at the step's start counts less. */
    double sum() {
        double sum = atEnd;
        for (double weight : earlier) {
            sum += weight;
        }
        return sum;
    }
}
