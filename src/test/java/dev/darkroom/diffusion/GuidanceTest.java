package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class GuidanceTest {

    @Test
    void theResultLiesOnTheLineThroughBothAnswers() {
        float[] positive = {1, 2, -3};
        Guidance.of(7.5).combine(positive, new float[] {0, 2, 1}, 0.5);
        assertThat(positive).containsExactly(new float[] {7.5f, 2, -29}, within(1e-5f));
    }

    @Test
    void fullRescaleKeepsThePositiveAnswersContrast() {
        float[] positive = {1, 2, -3, 4};
        new Guidance(7.5, 1).combine(positive, new float[] {0, 2, 1, -1}, 0.5);
        assertThat(deviation(positive)).isCloseTo(deviation(1, 2, -3, 4), within(1e-5));
    }

    @Test
    void halfRescaleLiesHalfWay() {
        float[] plain = {1, 2, -3, 4};
        float[] half = plain.clone();
        float[] full = plain.clone();
        float[] negative = {0, 2, 1, -1};
        Guidance.of(5).combine(plain, negative, 0.5);
        new Guidance(5, 0.5).combine(half, negative, 0.5);
        new Guidance(5, 1).combine(full, negative, 0.5);
        for (int i = 0; i < half.length; i++) {
            assertThat(half[i]).isCloseTo((plain[i] + full[i]) / 2, within(1e-5f));
        }
    }

    @Test
    void flatAnswersAreLeftAlone() {
        float[] positive = {0, 0};
        new Guidance(5, 1).combine(positive, new float[] {0, 0}, 0.5);
        assertThat(positive).containsExactly(0, 0);
    }

    @Test
    void aScaleOfOneNeedsNoNegative() {
        assertThat(Guidance.of(1).needsNegative()).isFalse();
        assertThat(Guidance.of(1.00001).needsNegative()).isFalse();
        assertThat(Guidance.of(1.1).needsNegative()).isTrue();
        assertThat(Guidance.of(0).needsNegative()).isTrue();
    }

    @Test
    void adaptiveGuidanceRisesToItsScaleOnTheWay() {
        Guidance guidance = new Guidance(10, 0, 6, 0);
        assertThat(guidance.scaleAt(0)).isEqualTo(6);
        assertThat(guidance.scaleAt(0.5)).isEqualTo(8);
        assertThat(guidance.scaleAt(1)).isEqualTo(10);
        float[] positive = {1, 2};
        guidance.combine(positive, new float[] {0, 4}, 0.5);
        assertThat(positive).containsExactly(8, -12);
    }

    @Test
    void aScaleBelowTheAdaptiveOneIsTheSameAtEveryStep() {
        assertThat(new Guidance(4, 0, 7, 0).scaleAt(0)).isEqualTo(4);
        assertThat(new Guidance(7, 0, 7, 0).scaleAt(0.3)).isEqualTo(7);
    }

    @Test
    void sharpnessBlursAThousandthsPartAtTheEndAndNothingInPureNoise() {
        Guidance guidance = new Guidance(4, 0, 7, 2);
        assertThat(guidance.blurAt(0)).isZero();
        assertThat(guidance.blurAt(1)).isCloseTo(0.002, within(1e-12));
        assertThat(guidance.blurAt(0.25)).isCloseTo(0.0005, within(1e-12));
        assertThat(Guidance.of(4).blurAt(1)).isZero();
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> Guidance.of(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Guidance(5, 1.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Guidance(5, 0, Double.NaN, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Guidance(5, 0, 7, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sharpness");
    }

    private static double deviation(float... values) {
        double mean = 0;
        for (float value : values) {
            mean += value / values.length;
        }
        double variance = 0;
        for (float value : values) {
            variance += (value - mean) * (value - mean) / values.length;
        }
        return Math.sqrt(variance);
    }
}
