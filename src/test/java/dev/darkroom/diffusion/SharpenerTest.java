package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.model.ModelException;
import dev.darkroom.model.Prediction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SharpenerTest {

    private static final int SIDE = 12;

    private final float[] latent = drawn(1);
    private final float[] noise = drawn(2);

    private static float[] drawn(long seed) {
        float[] values = new float[4 * SIDE * SIDE];
        new NoiseSource(seed).draw(0, values);
        return values;
    }

    /** What a network of either kind answers where the noise in the latent is {@link #noise}. */
    private float[] answer(Prediction prediction, double sigma, float[] seen) {
        Preconditioning wrapped = Preconditioning.of(prediction, sigma);
        float[] answer = new float[latent.length];
        for (int i = 0; i < answer.length; i++) {
            double estimate = latent[i] - sigma * seen[i];
            answer[i] = (float) ((estimate - wrapped.skip() * latent[i]) / wrapped.output());
        }
        return answer;
    }

    private void sharpen(float[] answer, Preconditioning wrapped, double share) throws ModelException {
        Sharpener sharpener = new Sharpener(4, SIDE, SIDE, null);
        sharpener.add(answer, latent, wrapped, share);
        assertThat(sharpener.finish()).as("nanoseconds of the device").isZero();
    }

    @ParameterizedTest
    @EnumSource
    void thePartOfTheNoiseIsBlurredWhateverTheNetworkPredicts(Prediction prediction) throws ModelException {
        double sigma = 1.5;
        float[] estimate = new float[latent.length];
        for (int i = 0; i < estimate.length; i++) {
            estimate[i] = (float) (latent[i] - sigma * noise[i]);
        }
        float[] blurred = JointBilateralFilter.of(4, SIDE, SIDE).blur(noise, estimate);
        float[] mixed = new float[latent.length];
        LinearCombination.of(mixed, 0.75, noise, 0.25, blurred);
        float[] answer = answer(prediction, sigma, noise);
        sharpen(answer, Preconditioning.of(prediction, sigma), 0.25);
        assertThat(answer).containsExactly(answer(prediction, sigma, mixed), within(1e-4f));
    }

    @Test
    void nothingHappensWithoutAShare() throws ModelException {
        float[] answer = answer(Prediction.EPSILON, 2, noise);
        float[] kept = answer.clone();
        sharpen(answer, Preconditioning.of(Prediction.EPSILON, 2), 0);
        assertThat(answer).containsExactly(kept, within(1e-6f));
    }
}
