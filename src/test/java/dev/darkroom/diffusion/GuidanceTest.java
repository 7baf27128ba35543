package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class GuidanceTest {

    @Test
    void theResultLiesOnTheLineThroughBothAnswers() {
        float[] positive = {1, 2, -3};
        combine(Guidance.of(7.5), positive, new float[] {0, 2, 1});
        assertThat(positive).containsExactly(new float[] {7.5f, 2, -29}, within(1e-5f));
    }

    @Test
    void fullRescaleKeepsThePositiveAnswersContrast() {
        float[] positive = {1, 2, -3, 4};
        combine(new Guidance(7.5, 1), positive, new float[] {0, 2, 1, -1});
        assertThat(deviation(positive)).isCloseTo(deviation(1, 2, -3, 4), within(1e-5));
    }

    @Test
    void halfRescaleLiesHalfWay() {
        float[] plain = {1, 2, -3, 4};
        float[] half = plain.clone();
        float[] full = plain.clone();
        float[] negative = {0, 2, 1, -1};
        combine(Guidance.of(5), plain, negative);
        combine(new Guidance(5, 0.5), half, negative);
        combine(new Guidance(5, 1), full, negative);
        for (int i = 0; i < half.length; i++) {
            assertThat(half[i]).isCloseTo((plain[i] + full[i]) / 2, within(1e-5f));
        }
    }

    @Test
    void flatAnswersAreLeftAlone() {
        float[] positive = {0, 0};
        combine(new Guidance(5, 1), positive, new float[] {0, 0});
        assertThat(positive).containsExactly(0, 0);
    }

    @Test
    void theEstimateIsWhatTheLatentAndTheCombinedAnswerMake() {
        float[] latent = {10, 20, 30, 40};
        float[] negative = {0, 2, 1, -1};
        for (double rescale : new double[] {0, 0.5}) {
            Guidance guidance = new Guidance(5, rescale);
            float[] combined = {1, 2, -3, 4};
            float[] estimate = combined.clone();
            combine(guidance, combined, negative);
            guidance.estimate(estimate, negative, 0.5, latent, new Preconditioning(1, 0.5, -2));
            for (int i = 0; i < latent.length; i++) {
                assertThat(estimate[i]).isCloseTo(0.5f * latent[i] - 2 * combined[i], within(1e-4f));
            }
        }
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
        combine(guidance, positive, new float[] {0, 4});
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

    /** As an estimate to which the latent adds nothing. */
    private static void combine(Guidance guidance, float[] positive, float[] negative) {
        guidance.estimate(positive, negative, 0.5, new float[positive.length], new Preconditioning(1, 0, 1));
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
