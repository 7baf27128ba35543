package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class LatencyCurveTest {

    /** Milliseconds by rows of a data-centre GPU at 512 x 512 (sglang's pull request 22183). */
    private static final List<LatencyCurve.Point> GPU = List.of(
            new LatencyCurve.Point(1, 167, 3),
            new LatencyCurve.Point(2, 183, 3),
            new LatencyCurve.Point(3, 186, 3),
            new LatencyCurve.Point(4, 240, 3),
            new LatencyCurve.Point(8, 425, 3),
            new LatencyCurve.Point(16, 832, 3));

    private static LatencyCurve gpu() {
        LatencyCurve curve = new LatencyCurve();
        curve.put(GPU);
        return curve;
    }

    @Test
    void theCapIsTheSmallestSizeNearTheBestRate() {
        // 19.2 rows/s at 16, 18.8 at 8, 16.7 at 4
        assertThat(gpu().cap(1, 32, 0)).isEqualTo(8);
        assertThat(gpu().cap(1, 4, 0)).isEqualTo(3);
        LatencyCurve saturated = new LatencyCurve();
        saturated.put(List.of(
                new LatencyCurve.Point(1, 243, 3),
                new LatencyCurve.Point(2, 474, 3),
                new LatencyCurve.Point(3, 711, 3)));
        assertThat(saturated.cap(1, 32, 0)).isEqualTo(1);
    }

    @Test
    void whatWasNotMeasuredLiesBetweenItsNeighbours() {
        assertThat(gpu().millis(6)).isCloseTo(332.5, within(1e-9));
        assertThat(gpu().millis(32)).isCloseTo(1664, within(1e-9));
        assertThat(new LatencyCurve().millis(1)).isNaN();
    }

    @Test
    void whatIsKnownOfASizeThatWasNotCalledForLongWeighsLess() {
        LatencyCurve curve = new LatencyCurve();
        curve.put(List.of(new LatencyCurve.Point(2, 10, 100), new LatencyCurve.Point(4, 20, 100)));
        curve.learn(4, 30);
        assertThat(curve.millis(4)).isCloseTo(21, within(0.1));
        for (int call = 0; call < 300; call++) {
            curve.learn(2, 10);
        }
        curve.learn(4, 31);
        assertThat(curve.millis(4)).isCloseTo(26, within(0.1));
    }

    @Test
    void anUnmeasuredCurveIsClimbedWhileItGains() {
        LatencyCurve curve = new LatencyCurve();
        assertThat(climbed(curve, 1)).containsExactly(2, 3, 4, 6, 8, 12, 12, 12, 8);
        assertThat(curve.cap(1, 5, 0)).isEqualTo(4);
        // images of two rows leave odd sizes out
        assertThat(climbed(new LatencyCurve(), 2)).containsExactly(2, 4, 6, 8, 12, 12, 12, 8, 8);
    }

    /** A device that takes up to 8 rows for the price of one, then in proportion. */
    private static int[] climbed(LatencyCurve curve, int unit) {
        int[] caps = new int[9];
        for (int i = 0; i < caps.length; i++) {
            caps[i] = curve.cap(unit, 64, 0);
            curve.learn(caps[i], Math.max(10, caps[i] * 10 / 8.0));
        }
        return caps;
    }

    @Test
    void imagesOfTwoRowsAreCappedAtEvenSizes() {
        assertThat(gpu().cap(2, 32, 0)).isEqualTo(8);
        assertThat(gpu().cap(2, 4, 0)).isEqualTo(4);
    }

    @Test
    void laterMeasurementsWeighLess() {
        LatencyCurve curve = new LatencyCurve();
        curve.learn(2, 10);
        curve.learn(2, 20);
        assertThat(curve.millis(2)).isCloseTo(15, within(1e-9));
        for (int i = 0; i < 100; i++) {
            curve.learn(2, 30);
        }
        assertThat(curve.millis(2)).isCloseTo(30, within(0.1));
        assertThat(curve.knows(2, 100)).isTrue();
        assertThat(curve.knows(3, 1)).isFalse();
    }

    @Test
    void missingMemoryLowersTheCapForAWhile() {
        LatencyCurve curve = gpu();
        long now = 1_000_000_000L;
        curve.lower(8, now);
        assertThat(curve.cap(1, 32, now)).isEqualTo(3);
        assertThat(curve.limit(now)).isEqualTo(6);
        curve.lower(6, now);
        assertThat(curve.limit(now)).isEqualTo(4);
        curve.lower(1, now);
        assertThat(curve.limit(now)).isEqualTo(1);
        assertThat(curve.cap(1, 32, now + 601_000_000_000L)).isEqualTo(8);
    }

    @Test
    void anotherShapeIsTakenInProportionFromTheNearest() {
        ModelCurves curves = new ModelCurves();
        BatchKey small = new BatchKey(32, 32, 77);
        BatchKey large = new BatchKey(64, 128, 77);
        assertThat(curves.millis(small, 1)).isPositive();
        curves.of(small).learn(2, 10);
        assertThat(curves.millis(small, 2)).isEqualTo(10);
        assertThat(curves.millis(large, 2)).isEqualTo(80);
    }
}
