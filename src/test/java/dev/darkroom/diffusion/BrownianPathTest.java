package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

class BrownianPathTest {

    private static final double[] LEVELS = {14.6, 6, 2.5, 1, 0.3, 0.03, 0};

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private static BrownianPath path(long imageSeed) {
        return new BrownianPath(new NoiseSource(imageSeed)::draw, LEVELS, ForkJoinPool.commonPool());
    }

    /** W(from) - W(to), not brought to variance one. */
    private static float[] difference(BrownianPath path, double from, double to, int length) {
        float[] values = new float[length];
        path.increment(from, to, values);
        LinearCombination.of(values, Math.sqrt(from - to), values);
        return values;
    }

    private double[] points() {
        double[] points = new double[3];
        for (int i = 0; i < 3; i++) {
            // levels of the schedule now and then, among any others
            points[i] = random.nextInt(4) == 0
                    ? LEVELS[random.nextInt(LEVELS.length)]
                    : LEVELS[0] * Math.pow(random.nextDouble(), 3);
        }
        java.util.Arrays.sort(points);
        return points;
    }

    @Test
    void incrementsOfNeighbouringIntervalsAddUp() {
        BrownianPath path = path(11);
        for (int trial = 0; trial < 300; trial++) {
            double[] p = points();
            if (p[0] == p[1] || p[1] == p[2]) {
                continue;
            }
            float[] upper = difference(path, p[2], p[1], 24);
            float[] lower = difference(path, p[1], p[0], 24);
            float[] both = difference(path, p[2], p[0], 24);
            for (int i = 0; i < both.length; i++) {
                assertThat(both[i])
                        .as("seed %d, %s > %s > %s", seed, p[2], p[1], p[0])
                        .isCloseTo(upper[i] + lower[i], within(2e-5f));
            }
        }
    }

    @Test
    void whatWasAskedBeforeDoesNotMatter() {
        BrownianPath used = path(5);
        for (int trial = 0; trial < 100; trial++) {
            double[] p = points();
            if (p[0] == p[2]) {
                continue;
            }
            float[] fresh = difference(path(5), p[2], p[0], 16);
            assertThat(difference(used, p[2], p[0], 16)).as("seed %d", seed).isEqualTo(fresh);
        }
    }

    @Test
    void incrementsHaveMeanZeroAndTheIntervalsVariance() {
        int length = 40_000;
        for (double[] interval : new double[][] {
            {14.6, 6}, {14.6, Math.sqrt(14.6 * 6)}, {9, 7}, {5.9, 0.4}, {2.5, 1}, {0.9, 0.02}, {0.02, 0.01}, {0.02, 0}
        }) {
            float[] values = new float[length];
            path(77).increment(interval[0], interval[1], values);
            double mean = 0;
            double variance = 0;
            double fourth = 0;
            for (float value : values) {
                mean += value / (double) length;
                variance += (double) value * value / length;
                fourth += Math.pow(value, 4) / length;
            }
            // six standard deviations of chance, with a seed that does not change
            assertThat(mean).isCloseTo(0, within(0.03));
            assertThat(variance).isCloseTo(1, within(0.043));
            assertThat(fourth).isCloseTo(3, within(0.3));
        }
    }

    @Test
    void incrementsThatDoNotOverlapAreIndependentAndOthersShareWhatTheyShare() {
        int length = 40_000;
        double[][] pairs = {{14.6, 9, 9, 6}, {9, 7, 5, 2}, {2.2, 1.7, 1.7, 1.1}, {0.01, 0.005, 0.005, 0}};
        for (double[] pair : pairs) {
            BrownianPath path = path(78);
            float[] upper = new float[length];
            float[] lower = new float[length];
            float[] whole = new float[length];
            path.increment(pair[0], pair[1], upper);
            path.increment(pair[2], pair[3], lower);
            path.increment(pair[0], pair[3], whole);
            double expected = Math.sqrt((pair[0] - pair[1]) / (pair[0] - pair[3]));
            assertThat(product(upper, lower)).isCloseTo(0, within(0.03));
            assertThat(product(upper, whole)).isCloseTo(expected, within(0.04));
        }
    }

    private static double product(float[] a, float[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i] / a.length;
        }
        return product;
    }

    @Test
    void otherSeedsWalkOtherPaths() {
        assertThat(difference(path(1), 6, 1, 8)).isNotEqualTo(difference(path(2), 6, 1, 8));
    }

    @Test
    void whatTheScheduleDoesNotHoldIsRefused() {
        for (double[] interval : new double[][] {{20, 1}, {1, 1}, {1, 2}, {1, -1}, {Double.NaN, 0}}) {
            assertThatThrownBy(() -> path(1).increment(interval[0], interval[1], new float[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("14.6");
        }
    }
}
