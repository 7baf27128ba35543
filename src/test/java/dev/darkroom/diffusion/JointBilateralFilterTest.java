package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JointBilateralFilterTest {

    static Stream<JsonNode> recorded() {
        return Goldens.entries("blur");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void blursAsKorniaDoes(JsonNode entry) {
        assertThat(Goldens.blurError(entry)).isLessThan(2e-5);
    }

    @Test
    void aFlatPictureStaysFlat() {
        float[] picture = new float[2 * 7 * 9];
        Arrays.fill(picture, 3.5f);
        new JointBilateralFilter(2, 7, 9).apply(picture, picture.clone());
        assertThat(picture).containsOnly(new float[] {3.5f}, within(1e-5f));
    }

    @Test
    void picturesSmallerThanTheWindowAreMirroredOften() {
        for (int side = 1; side <= 7; side++) {
            float[] picture = new float[side * side];
            new NoiseSource(side).draw(0, picture);
            float lowest = Float.MAX_VALUE;
            float highest = -Float.MAX_VALUE;
            for (float value : picture) {
                lowest = Math.min(lowest, value);
                highest = Math.max(highest, value);
            }
            new JointBilateralFilter(1, side, side).apply(picture, picture.clone());
            for (float value : picture) {
                assertThat(value).isBetween(lowest - 1e-5f, highest + 1e-5f);
            }
        }
    }

    @Test
    void whatLiesBeyondAnEdgeOfTheGuideDoesNotMixIn() {
        int side = 16;
        float[] picture = new float[4 * side * side];
        float[] edges = new float[picture.length];
        for (int i = 0; i < picture.length; i++) {
            // the differences of four channels add up: an edge of two deviations each is one of eight
            edges[i] = i % side < side / 2 ? -1 : 1;
            picture[i] = i % side < side / 2 ? 10 : 20;
        }
        new JointBilateralFilter(4, side, side).apply(picture, edges);
        for (int i = 0; i < picture.length; i++) {
            assertThat(picture[i]).isCloseTo(i % side < side / 2 ? 10 : 20, within(0.4f));
        }
    }

    @Test
    void theNumberOfBandsChangesNoNumber() {
        int height = 37;
        float[] picture = new float[4 * height * 20];
        float[] edges = new float[picture.length];
        new NoiseSource(3).draw(0, picture);
        new NoiseSource(4).draw(0, edges);
        float[] whole = picture.clone();
        new JointBilateralFilter(4, height, 20, 1).apply(whole, edges);
        for (int bands : new int[] {2, 3, 5, height}) {
            float[] cut = picture.clone();
            new JointBilateralFilter(4, height, 20, bands).apply(cut, edges);
            assertThat(cut).as("%d bands", bands).isEqualTo(whole);
        }
    }
}
